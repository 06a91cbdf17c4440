"""Days and hours in English; Django's own put the month first, which nobody in Greece expects."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
DATE_FORMAT = "j F Y"
MONTH_DAY_FORMAT = "j F"
SHORT_DATE_FORMAT = "d/m/Y"
SHORT_DATETIME_FORMAT = "d/m/Y, H:i"
FIRST_DAY_OF_WEEK = 1
