"""Bits: schemes, observers, calibration. Masks and training are other rooms'. Needs the extra [train]."""
