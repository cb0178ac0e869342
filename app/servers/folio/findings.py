"""What a look into a file for FOLIO can find, in words for the person."""

from __future__ import annotations

from app.core.catalogue import Entry

NAME_MISLEADS = Entry(
    "folio.name-misleads",
    "“{name}” holds {format}, but FOLIO will not read it as that",
    "FOLIO goes by the letters behind the last dot: .xml is read as MARCXML, .json as "
    "MARC-in-JSON, everything else as binary MARC. It would find no record in this file.",
    ("Rename the file so that its name ends in {extension}, and add it again.",),
)
OTHER_READER = Entry(
    "folio.other-reader",
    "“{name}” holds {format}, which its name does not say",
    "FOLIO reads the file as what the job profile is for, whatever it is called.",
    ("Choose a job profile for {format}.",),
)
IS_SCAN = Entry(
    "folio.is-scan",
    "“{name}” is a Fortify scan, nothing for FOLIO",
    "FOLIO would take the file, find no MARC record in it and end the import with an error.",
    ("Send it to a Fortify server.",),
)
IS_ARCHIVE = Entry(
    "folio.is-archive",
    "“{name}” is a compressed file",
    "FOLIO does not unpack files. It would find no record in it and end the import with an error.",
    ("Unpack it and add the files inside.",),
)
IS_TABLE = Entry(
    "folio.is-table",
    "“{name}” is a table, nothing FOLIO can import",
    "Data import reads MARC records and EDIFACT invoices. It would find no record in a table and "
    "end the import with an error.",
    (
        "If the table is a roster, send it to the server it was made for.",
        "If it holds records, turn it into MARC first, for example with MarcEdit.",
    ),
)
IS_DOCUMENT = Entry(
    "folio.is-document",
    "“{name}” is a document or a picture, not a file of records",
    "FOLIO would find no record in it and end the import with an error.",
    ("Check that this is the right file.",),
)
IS_WEB_PAGE = Entry(
    "folio.is-web-page",
    "“{name}” is a web page",
    "This happens when a download needed a sign-in or failed: the page saying so was saved "
    "instead of the records.",
    ("Open the file in a browser to see what it says, then download the records again.",),
)
IS_MNEMONIC = Entry(
    "folio.is-mnemonic",
    "“{name}” is MARC written out as text, as MarcEdit shows it",
    "FOLIO cannot read this form (.mrk); it would find no record in it.",
    ("Turn it into binary MARC with MarcEdit (MarcMaker), and add the .mrc file.",),
)
NOT_MARC = Entry(
    "folio.not-marc",
    "“{name}” does not look like MARC",
    "The server will read it as binary MARC because of its name, and there is no MARC record in "
    "it that can be read.",
    ("Check that this is the right file. If it is MARCXML, its name must end in .xml.",),
)
NOT_EDIFACT = Entry(
    "folio.not-edifact",
    "“{name}” does not look like EDIFACT",
    "It does not begin with UNA or UNB.",
    ("Check that this is the right file.",),
)
NOT_XML = Entry(
    "folio.not-xml",
    "“{name}” is not well-formed XML",
    "Reading stopped here: {reason}. FOLIO reads such a file as a whole or not at all.",
    ("Export the file again.",),
)
NOT_JSON = Entry(
    "folio.not-json",
    "“{name}” is not MARC-in-JSON that can be read",
    "Reading stopped here. FOLIO takes a list of records, or records one after the other.",
    ("Export the file again.",),
)
BARE_RECORD = Entry(
    "folio.bare-record",
    "“{name}” holds a single MARCXML record without a “collection” around it",
    "FOLIO takes each element inside the outermost one for a record, so every field would count "
    "as a record.",
    ("Put <collection> … </collection> around the record, or export the file as a collection.",),
)
XML_ENTITIES = Entry(
    "folio.xml-entities",
    "“{name}” defines its own XML entities",
    "No export of records needs them, and they can be made to bring a server down. The file is "
    "not sent.",
    ("Export the file again, without a document type definition.",),
)
XML_DOCTYPE = Entry(
    "folio.xml-doctype",
    "“{name}” has a document type definition",
    "Servers often refuse such XML files for safety.",
    ("If FOLIO finds no record in the file, remove the line that begins with <!DOCTYPE.",),
)
XML_NOT_RECORDS = Entry(
    "folio.xml-not-records",
    "{count} elements of “{name}” stand where FOLIO expects records",
    "FOLIO takes each element inside the outermost one for a record. Those that are none will "
    "fail.",
    (
        "If the file comes from a harvest (OAI-PMH, SRU), take the records out of their "
        "envelope: <collection> with one <record> after the other.",
    ),
    one="One element of “{name}” stands where FOLIO expects a record",
)
XML_NAMESPACE = Entry(
    "folio.xml-namespace",
    "The records of “{name}” are not marked as MARC21",
    "The namespace http://www.loc.gov/MARC21/slim is missing. FOLIO usually reads such records "
    "nevertheless.",
    ("Nothing needs to be done, unless records are missing afterwards.",),
)
XML_LARGE = Entry(
    "folio.xml-large",
    "“{name}” is very large for MARCXML",
    "FOLIO holds such a file as a whole in its memory and never splits it, unlike binary MARC.",
    ("Convert it to binary MARC (.mrc), or divide it into several files.",),
)
NO_RECORDS = Entry(
    "folio.no-records",
    "No record was found in “{name}”",
    "FOLIO will say that the file is empty or its content is invalid.",
    ("Export the file again.",),
)
CUT_OFF = Entry(
    "folio.cut-off",
    "The last record of “{name}” is cut off",
    "The file ends in the middle of a record, so it was probably not written or downloaded to "
    "its end, and more records may be missing.",
    ("Download or export the file again and compare the number of records.",),
)
NO_LAST_END = Entry(
    "folio.no-last-end",
    "The last record of “{name}” lacks the sign that ends it",
    "Otherwise it looks whole. FOLIO may leave it out.",
    ("After the import, check that the last record is there.",),
)
STRAY_BYTES = Entry(
    "folio.stray-bytes",
    "“{name}” holds bytes that belong to no record ({count} times)",
    "Between, before or behind records stands something that is neither a record nor a line end. "
    "FOLIO skips what it can; the record behind it may be lost.",
    ("Compare the number of records after the import.",),
    one="“{name}” holds bytes that belong to no record",
)
UNREADABLE_RECORDS = Entry(
    "folio.unreadable-records",
    "{count} records of “{name}” cannot be read",
    "Their leader or their directory is missing or damaged beyond repair. FOLIO will report each "
    "as failed or leave it out.",
    ("Export these records again.",),
    one="One record of “{name}” cannot be read",
)
RECORD_LENGTHS = Entry(
    "folio.record-lengths",
    "{count} records of “{name}” have a wrong length in their leader",
    "FOLIO reads such records nevertheless, and files like this are common.",
    ("Nothing needs to be done, unless records are missing afterwards.",),
    one="One record of “{name}” has a wrong length in its leader",
)
OVERLONG = Entry(
    "folio.overlong",
    "{count} records of “{name}” are longer than MARC allows",
    "A binary MARC record has at most 99,999 bytes; the leader cannot state more. FOLIO may cut "
    "such a record or fail on it.",
    ("Export these records as MARCXML, or shorten them.",),
    one="One record of “{name}” is longer than MARC allows",
)
BASE_ADDRESS = Entry(
    "folio.base-address",
    "{count} records of “{name}” state a wrong beginning of their data",
    "Leader positions 12–16 do not point behind the directory. FOLIO corrects this where it can.",
    ("Nothing needs to be done, unless records are missing afterwards.",),
    one="One record of “{name}” states a wrong beginning of its data",
)
LEADER_ODD = Entry(
    "folio.leader-odd",
    "{count} records of “{name}” have an unusual leader",
    "Positions 10–11 and 20–21 say how fields are built and are always 22 and 45 in MARC 21. "
    "FOLIO reads the records as MARC 21 whatever stands there.",
    ("Nothing needs to be done, unless the records look wrong afterwards.",),
    one="One record of “{name}” has an unusual leader",
)
DIRECTORY = Entry(
    "folio.directory",
    "The directory of {count} records of “{name}” does not fit their fields",
    "It names fields that lie outside the record or have another length. FOLIO guesses where "
    "fields begin; some may be lost or mixed up.",
    ("Look at some of these records after the import, or export them again.",),
    one="The directory of one record of “{name}” does not fit its fields",
)
FIELD_ENDS = Entry(
    "folio.field-ends",
    "Fields of {count} records of “{name}” do not end where they should",
    "The sign that ends a field is missing, or stands in the middle of one. FOLIO may cut or join "
    "fields.",
    ("Look at some of these records after the import.",),
    one="Fields of one record of “{name}” do not end where they should",
)
NOT_UTF8 = Entry(
    "folio.not-utf8",
    "{count} records of “{name}” say they are Unicode and are not",
    "Leader position 9 says UTF-8, but some bytes are not. FOLIO shows a substitute sign in their "
    "place, and the letters are lost.",
    ("Export the file again as UTF-8.", "Or convert it with MarcEdit."),
    one="One record of “{name}” says it is Unicode and is not",
)
UTF8_UNFLAGGED = Entry(
    "folio.utf8-unflagged",
    "{count} records of “{name}” are Unicode and do not say so",
    "Leader position 9 says MARC-8, but the text is UTF-8. FOLIO converts it from MARC-8, so "
    "accents and other scripts may come out garbled.",
    (
        "Set leader position 9 to “a”, for example with MarcEdit.",
        "Or check accented letters in some records after the import.",
    ),
    one="One record of “{name}” is Unicode and does not say so",
)
ENCODING_FLAG = Entry(
    "folio.encoding-flag",
    "{count} records of “{name}” have an unknown sign for their encoding",
    "Leader position 9 is “a” for UTF-8 or blank for MARC-8, and nothing else.",
    ("Check accented letters in some records after the import.",),
    one="One record of “{name}” has an unknown sign for its encoding",
)
ENCODINGS_MIXED = Entry(
    "folio.encodings-mixed",
    "“{name}” mixes records in UTF-8 and in MARC-8",
    "FOLIO looks at each record's leader and takes both.",
    ("Nothing needs to be done, if accented letters look right afterwards.",),
)
NO_LEADER = Entry(
    "folio.no-leader",
    "{count} records of “{name}” have no proper leader",
    "A leader has 24 characters and says what kind of record it is. Without it the record fails.",
    ("Export these records again.",),
    one="One record of “{name}” has no proper leader",
)
NO_NUMBER = Entry(
    "folio.no-number",
    "{count} records of “{name}” have no control number (001)",
    "FOLIO gives new records numbers of its own, but such a record cannot be found again by its "
    "old number, and profiles that match by it will miss it.",
    ("If the job profile matches by 001, add the numbers first.",),
    one="One record of “{name}” has no control number (001)",
)
NO_TITLE = Entry(
    "folio.no-title",
    "{count} bibliographic records of “{name}” have no title (245)",
    "FOLIO cannot make an instance without a title; each of these records will fail.",
    ("Add a field 245 to these records.",),
    one="One bibliographic record of “{name}” has no title (245)",
)
HOLDINGS_NO_LINK = Entry(
    "folio.holdings-no-link",
    "{count} holdings records of “{name}” do not say what they belong to (004)",
    "Field 004 must hold the number (HRID) of an instance in FOLIO. Holdings without it fail.",
    ("Put the instance's HRID into 004 of each record.",),
    one="One holdings record of “{name}” does not say what it belongs to (004)",
)
HOLDINGS_NO_PLACE = Entry(
    "folio.holdings-no-place",
    "{count} holdings records of “{name}” have no location (852)",
    "FOLIO needs a permanent location for holdings and usually takes it from 852 $b.",
    ("Add 852 $b with the code of a location, unless the mapping profile sets one.",),
    one="One holdings record of “{name}” has no location (852)",
)
LEFTOVER_IDS = Entry(
    "folio.leftover-ids",
    "{count} records of “{name}” still carry FOLIO's own numbers (999 ff)",
    "The file was exported from FOLIO. With a profile that creates records, FOLIO refuses records "
    "that already have such a field; with one that matches by it, it updates exactly the records "
    "it names.",
    (
        "To create new records, delete the fields 999 with the indicators ff first.",
        "To update the records the file came from, leave them as they are.",
    ),
    one="One record of “{name}” still carries FOLIO's own numbers (999 ff)",
)
NUMBERS_TWICE = Entry(
    "folio.numbers-twice",
    "At least {count} records of “{name}” have a control number that came before",
    "The same 001 stands in several records. They will be created several times, or the last one "
    "wins, depending on the job profile.",
    ("Check that the file does not hold the same records twice.",),
    one="At least one record of “{name}” has a control number that came before",
)
ALL_SAME = Entry(
    "folio.all-same",
    "All {count} records of “{name}” are exactly the same",
    "Something probably went wrong when the file was made.",
    ("Look into the file and export it again.",),
)
MARKED_DELETED = Entry(
    "folio.marked-deleted",
    "{count} records of “{name}” are marked as deleted",
    "Leader position 5 is “d”. Newer FOLIO systems set such records for deletion; older ones "
    "import them like any other.",
    ("Check that these records are meant to be in the file.",),
    one="One record of “{name}” is marked as deleted",
)
MIXED_KINDS = Entry(
    "folio.mixed-kinds",
    "“{name}” mixes kinds of records",
    "It holds {bibliographic} bibliographic, {holdings} holdings, {authority} authority and "
    "{other} other records. A job profile usually fits one kind only; the others fail.",
    ("Divide the file by kind, and send each part with its own job profile.",),
)
KIND_NOT_TAKEN = Entry(
    "folio.kind-not-taken",
    "{count} records of “{name}” are of a kind FOLIO does not import",
    "Leader position 6 says that they are classification or community information records, or "
    "nothing known. FOLIO imports bibliographic, holdings and authority records.",
    ("Leave these records out, or correct their leaders.",),
    one="One record of “{name}” is of a kind FOLIO does not import",
)
MANY_RECORDS = Entry(
    "folio.many-records",
    "“{name}” holds {count} records",
    "Libraries report good results with up to 100,000 records in a file. Where file splitting is "
    "on, FOLIO divides larger files by itself.",
    ("If file splitting is off in your FOLIO, divide the file first.",),
)
UNCOUNTED_END = Entry(
    "folio.edifact-end",
    "“{name}” does not end as an EDIFACT file should",
    "The segment UNZ that closes it is missing, so the file may not be whole.",
    ("Ask the vendor for the file again, or download it again.",),
)
MESSAGE_COUNT = Entry(
    "folio.edifact-messages",
    "“{name}” says it holds {said} messages and holds {held}",
    "The number in its last segment (UNZ) is another one, so messages may be missing.",
    ("Compare the number of invoices with the vendor's list.",),
)
SEGMENT_COUNT = Entry(
    "folio.edifact-segments",
    "{count} messages of “{name}” have another number of segments than they say",
    "The count in the segment UNT is wrong, so something may be missing inside a message.",
    ("Compare these invoices with the vendor's list.",),
    one="One message of “{name}” has another number of segments than it says",
)
MESSAGE_ENDS = Entry(
    "folio.edifact-unclosed",
    "{count} messages of “{name}” have no end",
    "The segment UNT that closes a message is missing.",
    ("Ask the vendor for the file again.",),
    one="One message of “{name}” has no end",
)
NOT_INVOICES = Entry(
    "folio.edifact-not-invoices",
    "{count} messages of “{name}” are no invoices",
    "They say they are {kind}. FOLIO imports invoices (INVOIC) only.",
    ("Check that this is the right file.",),
    one="One message of “{name}” is no invoice",
)

FINDINGS: tuple[Entry, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Entry)
)
