"""Images read pixel by pixel: which of ten digits was shown, known at the last pixel only."""
