"""How dates and times are written, where Django's own habits for a language are not the house's."""
