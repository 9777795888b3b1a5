"""Sphinx settings: furo over MyST Markdown."""

from importlib.metadata import version as installed_version

project = "zkcredit"
author = "The zkcredit developers"
copyright = "2026, the zkcredit developers"
release = version = installed_version("zkcredit")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
html_theme = "furo"
html_title = "zkcredit"
