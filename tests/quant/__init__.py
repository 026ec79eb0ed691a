"""Tests of bits and ranges."""
