"""Days and hours in Greek; Django's own have the day right and count the hours by twelve."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j E Y, H:i"
DATE_FORMAT = "j E Y"
MONTH_DAY_FORMAT = "j E"
SHORT_DATETIME_FORMAT = "d/m/Y, H:i"
FIRST_DAY_OF_WEEK = 1
