"""The engine: takes uploads from the first byte to the server's last word."""
