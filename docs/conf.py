"""How Sphinx builds these pages: `make docs`."""

import sys
from pathlib import Path

import linnet

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # for gallery.py

project = "Linnet"
author = "The Linnet authors"
copyright = "The Linnet authors"
release = version = linnet.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_gallery"]
html_extra_path = ["_gallery"]  # sounds for the players, made by setup
html_theme = "furo"
html_title = "Linnet"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
nitpicky = False


def setup(app: object) -> None:
    """Make the gallery before any page is read."""
    from gallery import build

    build(HERE / "_gallery")
