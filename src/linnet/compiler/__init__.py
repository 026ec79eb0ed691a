"""The bridge between the wings: a trained float model in, an integer Program out. Needs `pip install 'linnet[train]'`."""
