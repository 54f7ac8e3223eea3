"""Executable models of the whole dialect, with what each of them shows."""
