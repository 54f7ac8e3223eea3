"""Long stories of cases, told as officers would bring them forward, from the first call to the closing."""
