"""The bridge between the wings: a trained float model in, an integer Program out. Needs the extra [train]."""
