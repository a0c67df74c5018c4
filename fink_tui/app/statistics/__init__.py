"""Counts of alerts by night, as Fink's statistics have them: as bars and as numbers. Pure, without a screen."""
