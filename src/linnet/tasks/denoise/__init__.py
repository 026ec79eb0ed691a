"""Denoising: mixtures of speech, noise and rooms in, a gain for every bin of the spectrum out."""
