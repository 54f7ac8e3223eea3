"""Everything of SIPROC that is true without a browser; imports no web framework."""

__version__ = "0.1.0"
