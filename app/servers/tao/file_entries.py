"""What can be found in a rostering file as a whole, in words for the person."""

from __future__ import annotations

from app.core.catalogue import Entry

NOT_CSV_NAME = Entry(
    "tao.not-csv-name",
    "“{name}” is not a CSV file",
    "TAO goes by the end of the name and takes only names that end in .csv.",
    ("Save the table as CSV (UTF-8, separated by commas) and add that file.",),
)
ZIP = Entry(
    "tao.zip",
    "“{name}” is packed",
    "Only some TAO servers take a ZIP file, and only with a single CSV file in it.",
    ("If the server refuses it, unpack the file and send the CSV inside.",),
)
NOT_A_ZIP = Entry(
    "tao.not-a-zip",
    "“{name}” is not a ZIP file",
    "It has the name of one, but something else is inside.",
    ("If it is a table, save it as CSV and add that file.",),
)
NOT_TEXT = Entry(
    "tao.not-text",
    "“{name}” is not a text file",
    "It looks like a workbook or another program's own format with the name of a CSV file.",
    ("Open it in the program that made it and save it as CSV (UTF-8, separated by commas).",),
)
UTF16 = Entry(
    "tao.utf-16",
    "“{name}” is encoded as {encoding}",
    "TAO reads UTF-8. Spreadsheet programs write UTF-16 when “Unicode text” is chosen.",
    ("Save the file as “CSV UTF-8” and add it again.",),
)
NOT_UTF8 = Entry(
    "tao.not-utf-8",
    "“{name}” is not encoded as UTF-8",
    "It seems to be {encoding}, so letters with accents will arrive damaged, or the server refuses "
    "the file.",
    ("Save the file as “CSV UTF-8” and add it again.",),
)
PARTLY_UTF8 = Entry(
    "tao.partly-utf-8",
    "Some letters in “{name}” are damaged",
    "Most of the file is UTF-8, but from the place that is named on there are bytes of another "
    "encoding: two files were probably joined, or the file was saved by two programs.",
    ("Correct the letters at that place and save the file as “CSV UTF-8”.",),
)
BYTE_ORDER_MARK = Entry(
    "tao.byte-order-mark",
    "“{name}” begins with a byte order mark",
    "Spreadsheet programs write this invisible sign when “CSV UTF-8” is chosen. Servers usually "
    "skip it; one that does not will fail to recognise the first column.",
    ("If TAO says that the first column is missing, save the file without the mark.",),
)
NULLS = Entry(
    "tao.nulls",
    "“{name}” holds zero bytes ({count})",
    "They are no text. Databases refuse them or cut the text off there.",
    ("Export the file again.",),
)
NO_HEADER = Entry(
    "tao.no-header",
    "“{name}” has no rows",
    "There is not even a header in it.",
    ("Export the file again.",),
)
NO_ROWS = Entry(
    "tao.no-rows",
    "“{name}” has a header but no rows",
    "Nothing would be imported.",
    ("Export the file again.",),
)
DELIMITER = Entry(
    "tao.delimiter",
    "The columns of “{name}” are separated by {delimiter}",
    "TAO Advance reads columns separated by commas. Semicolons come from a spreadsheet program's "
    "regional settings, or from files made for classic TAO.",
    ("Save the file as CSV separated by commas and add it again.",),
)
SEPARATOR_LINE = Entry(
    "tao.separator-line",
    "“{name}” begins with a line that is meant for spreadsheet programs",
    "The line “sep=” tells them what stands between the columns. TAO takes the first line for the "
    "names of the columns and will know none of them.",
    ("Delete the first line, so that the names of the columns come first.",),
)
HEADER_MISSING = Entry(
    "tao.header-missing",
    "“{name}” does not seem to begin with the names of its columns",
    "TAO tells by the names in the first row what it is to import. In this file the first row "
    "looks like the first record.",
    ("Put the header of the template from the TAO Portal before the first row.",),
)
KIND_UNKNOWN = Entry(
    "tao.kind-unknown",
    "It cannot be told what “{name}” would import",
    "TAO goes by the names of the columns, in upper and lower case as in its templates, and this "
    "header fits none of the kinds Longshore knows.",
    ("Compare the header with the template from the TAO Portal.",),
)
ONEROSTER = Entry(
    "tao.oneroster",
    "“{name}” looks like a OneRoster file",
    "TAO's upload is documented for the files of the TAO Portal only.",
    ("Send it only if your contact at OAT says that your server takes OneRoster files.",),
)
COLUMN_TWICE = Entry(
    "tao.column-twice",
    "“{name}” has columns with the same name",
    "They are: {columns}. Readers of such files usually refuse them, or use only one of the "
    "columns.",
    ("Remove or rename the columns that are too many.",),
)
COLUMN_UNNAMED = Entry(
    "tao.column-unnamed",
    "“{name}” has columns without a name ({count})",
    "They may be left over from a spreadsheet; servers usually refuse such a header.",
    ("Delete the empty columns and save the file again.",),
)
COLUMN_SPACES = Entry(
    "tao.column-spaces",
    "Names of columns in “{name}” have spaces around them",
    "They are: {columns}. TAO compares the names letter by letter and may not recognise them.",
    ("Remove the spaces from the header.",),
)
COLUMNS_UNKNOWN = Entry(
    "tao.columns-unknown",
    "“{name}” has columns that are in no template for {kind}",
    "They are: {columns}. TAO may ignore them or refuse the file; names are compared with upper "
    "and lower case.",
    ("Compare the header with the template from the TAO Portal.",),
)
COLUMNS_MISSING = Entry(
    "tao.columns-missing",
    "“{name}” lacks columns that {kind} must have",
    "They are: {columns}. Without them TAO imports no row.",
    ("Compare the header with the template from the TAO Portal and add the columns.",),
)
NOTHING_NEW = Entry(
    "tao.nothing-new",
    "“{name}” can change what is on the server, and create nothing",
    "What is new needs a column that is not there: {columns}. Rows about what the server does not "
    "know yet will fail.",
    ("Add the column if the file is to create something.",),
)
MANY_COLUMNS = Entry(
    "tao.many-columns",
    "“{name}” has {count} columns",
    "No template of TAO has so many. Only the first {looked} were looked into.",
    ("Check that the right delimiter was used and that the file is a table.",),
)
RAGGED = Entry(
    "tao.ragged",
    "“{name}” has rows with more or fewer cells than the header ({count})",
    "TAO usually refuses the whole file for one such row. The first has {cells} cells, the header "
    "has {columns}.",
    ("Check that cells with commas are in double quotes, and save the file again.",),
)
UNREADABLE_CSV = Entry(
    "tao.unreadable-csv",
    "“{name}” could not be read to its end as CSV",
    "A cell or a row is longer than any can be. A double quote that is never closed is the usual "
    "cause.",
    ("Check the quotes near the place that is named.",),
)
OPEN_QUOTE = Entry(
    "tao.open-quote",
    "A double quote in “{name}” is never closed",
    "Everything behind it is taken as one cell, so the rows that follow are lost.",
    ("Close the quote at the place that is named, or double it if it belongs to the text.",),
)
ESCAPES = Entry(
    "tao.escapes",
    "“{name}” has backslashes before double quotes ({count})",
    "Some readers take the backslash as a sign that the quote belongs to the text; then the cell "
    "does not end where it should.",
    ("Remove the backslashes, and double the quotes that belong to the text.",),
)
LINE_BREAKS = Entry(
    "tao.line-breaks",
    "“{name}” has cells with line breaks ({count})",
    "TAO can read them. Line numbers in its messages may not fit the lines of the file then.",
    ("Nothing needs to be done.",),
)
ONEROSTER_LINE_BREAKS = Entry(
    "tao.oneroster-line-breaks",
    "“{name}” has cells with line breaks ({count}), which OneRoster does not allow",
    "A server that reads OneRoster files may refuse the file.",
    ("Remove the line breaks from the cells.",),
)
LARGE_FILE = Entry(
    "tao.large-file",
    "“{name}” is larger than TAO usually takes",
    "Servers usually take up to {limit}; this file has {size}.",
    ("If the server refuses it, split the file and repeat the header in each part.",),
)
MANY_ROWS = Entry(
    "tao.many-rows",
    "“{name}” has more rows than TAO usually takes",
    "Servers usually take up to {limit} rows; this file has {count}.",
    ("If the server refuses it, split the file and repeat the header in each part.",),
)

ENTRIES: tuple[Entry, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Entry)
)
