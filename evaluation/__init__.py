"""The standards and the steering maths, pure: no Django, no clock, no settings, no database."""
