"""The bridge between the wings: a trained float model in, an integer Program out; and from a Program, C.

What reads float models needs the extra [train]; what writes C (to_c.py and the files it uses) needs NumPy only.
"""
