"""What is deployed: process versions, decisions and forms, parsed once per process and shared."""
