"""Estimates of a Program on hardware: mapping, simulation, time and energy. NumPy only; nothing here is measured."""
