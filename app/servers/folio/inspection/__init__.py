"""The readers behind a look into a file: one for each form FOLIO takes, in constant memory."""
