"""How days and hours are written: day before month, and twenty-four hours, in both languages."""
