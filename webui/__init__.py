"""The pages of SIPROC: thin views over the engine's actions."""
