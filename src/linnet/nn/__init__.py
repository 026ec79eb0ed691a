"""The model as mathematics: no optimizer, no bits, no masks. Needs the extra [train]."""
