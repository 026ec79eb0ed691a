"""Tests of the life of a model."""
