"""Tests of what an integer means."""
