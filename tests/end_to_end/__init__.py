"""Journeys through every room: from recordings to the bits of the engine."""
