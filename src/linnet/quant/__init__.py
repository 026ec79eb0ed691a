"""Bits: schemes, observers, calibration. Masks and training are other rooms'. Needs `pip install 'linnet[train]'`."""
