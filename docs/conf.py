"""How Sphinx builds these pages: `make docs`."""

import linnet

project = "Linnet"
author = "The Linnet authors"
copyright = "The Linnet authors"
release = version = linnet.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Linnet"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
nitpicky = False
