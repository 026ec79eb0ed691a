"""Tests of the deployed model as data."""
