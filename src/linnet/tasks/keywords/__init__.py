"""Keyword spotting: which of a list of words was just said, or none; an answer in every frame."""
