"""What goes over the wire to a Fortify SSC server: requests built and replies read, without I/O.

Readers are lenient: fields come and go between releases, and every boolean is optional.
"""
