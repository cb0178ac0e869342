BEGIN TRANSACTION;
CREATE TABLE intents (
    key TEXT NOT NULL,
    verb TEXT NOT NULL,
    owner TEXT NOT NULL,
    uploads TEXT NOT NULL,
    asked TEXT NOT NULL,
    destination TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (key, verb, uploads)
) STRICT;
INSERT INTO "intents" VALUES('k1','send','owner-4711-0123456789ab','[2]','[]','folio',1.79533554495793294908e+09);
INSERT INTO "intents" VALUES('k2','open','owner-4711-0123456789ab','[3]','[[3, {"path": "/files/\u00fc 2.mrc", "size": 1002, "changed_ns": 1700000000000000002}]]','folio',1.79533554496597504614e+09);
INSERT INTO "intents" VALUES('k5','send','owner-4711-0123456789ab','[6]','[]','ssc',1.79533554496644520755e+09);
INSERT INTO "intents" VALUES('k9','discard','owner-4711-0123456789ab','[10]','[[10, {"data": {"definition": "d9", "file": "f9", "job": "j9", "name": "\u00fc 9.mrc", "split": false}, "resumes": false}]]','folio',1.79533554496684741967e+09);
CREATE TABLE openings (
    key TEXT PRIMARY KEY,
    destination TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;
INSERT INTO "openings" VALUES('k1','folio','{"definition": "d1", "split": false}');
INSERT INTO "openings" VALUES('k4','folio','{"definition": "d4"}');
INSERT INTO "openings" VALUES('k5','ssc','{"version": 3}');
INSERT INTO "openings" VALUES('k6','tao','{}');
CREATE TABLE uploads (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL,
    opening TEXT NOT NULL DEFAULT '',
    destination TEXT NOT NULL DEFAULT '',
    phase TEXT NOT NULL DEFAULT '',
    upload TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO "uploads" VALUES(1,'owner-4711-0123456789ab','k1','folio','sent','{"id":1,"destination":"folio","source":{"path":"/files/ü 0.mrc","size":1000,"changed_ns":1700000000000000000},"options":{"job_profile":"p"},"batch":1,"phase":"sent","wait":null,"attempt":1,"ticket":{"data":{"definition":"d1","file":"f0","job":"j0","name":"ü 0.mrc","split":false},"resumes":false},"job":null,"result":null,"problem":null,"sha256":"abababababababababababababababababababababababababababababababab"}');
INSERT INTO "uploads" VALUES(2,'owner-4711-0123456789ab','k1','folio','sending','{"id":2,"destination":"folio","source":{"path":"/files/ü 1.mrc","size":1001,"changed_ns":1700000000000000001},"options":{"job_profile":"p"},"batch":1,"phase":"sending","wait":null,"attempt":1,"ticket":{"data":{"definition":"d1","file":"f1","job":"j1","name":"ü 1.mrc","split":false},"resumes":false},"job":null,"result":null,"problem":null,"sha256":""}');
INSERT INTO "uploads" VALUES(3,'owner-4711-0123456789ab','','folio','opening','{"id":3,"destination":"folio","source":{"path":"/files/ü 2.mrc","size":1002,"changed_ns":1700000000000000002},"options":{"job_profile":"p"},"batch":1,"phase":"opening","wait":null,"attempt":1,"ticket":null,"job":null,"result":null,"problem":null,"sha256":""}');
INSERT INTO "uploads" VALUES(4,'owner-4711-0123456789ab','','folio','queued','{"id":4,"destination":"folio","source":{"path":"/files/ü 3.mrc","size":1003,"changed_ns":1700000000000000003},"options":{"job_profile":"p"},"batch":1,"phase":"queued","wait":{"why":"network","until":5.0,"tries":null,"problem":{"kind":"Unreachable","entry":{"id":"connection.name-unknown","title":"The server “{host}” cannot be found","meaning":"No address is known for this name: it may be misspelled, or this computer is not on the right network (some servers need a VPN).","advice":["Check the address in the destination''s settings.","Check the network connection or the VPN."],"action":"settings"},"facts":{"host":"h"},"exchange":null,"after":null}},"attempt":1,"ticket":null,"job":null,"result":null,"problem":null,"sha256":""}');
INSERT INTO "uploads" VALUES(5,'owner-4711-0123456789ab','k4','folio','processing','{"id":5,"destination":"folio","source":{"path":"/files/ü 4.mrc","size":1004,"changed_ns":1700000000000000004},"options":{"job_profile":"p"},"batch":1,"phase":"processing","wait":null,"attempt":1,"ticket":null,"job":{"ref":"raw:j4:d4","state":"running","done":1,"total":2,"failed":null,"word":"","link":"","seen":null,"name":"n","who":"w","started":1.0,"ended":null,"note":{"id":"job.failed","title":"The server could not process the file","meaning":"It arrived whole, but the server''s own work on it failed: {reason}","advice":["Open the job on the server to see its log."],"action":"open_on_server"},"facts":{"hrid":"7"},"actions":["cancel"]},"result":null,"problem":null,"sha256":""}');
INSERT INTO "uploads" VALUES(6,'owner-4711-0123456789ab','k5','ssc','sending','{"id":6,"destination":"ssc","source":{"path":"/files/ü 5.mrc","size":1005,"changed_ns":1700000000000000005},"options":{"job_profile":"p"},"batch":1,"phase":"sending","wait":null,"attempt":1,"ticket":{"data":{"version":3,"name":"a.fpr","size":1005,"way":"rest","attempt":{"since":5.0,"known":[1],"whole":true,"status":0}},"resumes":false},"job":null,"result":null,"problem":null,"sha256":""}');
INSERT INTO "uploads" VALUES(7,'owner-4711-0123456789ab','k6','tao','failed','{"id":7,"destination":"tao","source":{"path":"/files/ü 6.mrc","size":1006,"changed_ns":1700000000000000006},"options":{"job_profile":"p"},"batch":1,"phase":"failed","wait":null,"attempt":1,"ticket":{"data":{"key":"k6:0","name":"a.csv","asked":true},"resumes":false},"job":null,"result":null,"problem":{"kind":"Uncertain","entry":{"id":"uncertain.reply-lost","title":"The server may already have “{name}”","meaning":"The connection broke after the last byte, before the server''s answer came, and the server offers no way to ask. Sending again could process the file twice.","advice":["Look on the server whether the file has arrived.","Send it again only if it has not."],"action":"look_again"},"facts":{"name":"a.csv"},"exchange":{"method":"POST","url":"https://x/y","status":502,"request_id":"r","body":"said"},"after":null},"sha256":""}');
INSERT INTO "uploads" VALUES(8,'owner-4711-0123456789ab','','folio','failed','{"id":8,"destination":"folio","source":{"path":"/files/ü 7.mrc","size":1007,"changed_ns":1700000000000000007},"options":{"job_profile":"p"},"batch":1,"phase":"failed","wait":null,"attempt":1,"ticket":null,"job":null,"result":null,"problem":{"kind":"FileProblem","entry":{"id":"file.changed","title":"The file “{name}” changed while it was being sent","meaning":"Its size or time of last change is not what it was when you added it, so sending was stopped before the server could take a half-changed file for a whole one.","advice":["Wait until the other program has finished with the file, then try again."],"action":"retry"},"facts":{"name":"x"},"exchange":null,"after":null},"sha256":""}');
INSERT INTO "uploads" VALUES(9,'owner-4711-0123456789ab','','folio','done','{"id":9,"destination":"folio","source":{"path":"/files/ü 8.mrc","size":1008,"changed_ns":1700000000000000008},"options":{"job_profile":"p"},"batch":1,"phase":"done","wait":null,"attempt":1,"ticket":null,"job":{"ref":"raw:j8:d8","state":"done","done":null,"total":null,"failed":null,"word":"","link":"","seen":null,"name":"","who":"","started":null,"ended":null,"note":null,"facts":{},"actions":[]},"result":{"counts":{"created":2},"failures":[{"record":7,"text":"bad","title":"t","identifier":"i","details":"d"}],"failed":1,"link":"l","complete":false,"notes":["note"]},"problem":null,"sha256":""}');
INSERT INTO "uploads" VALUES(10,'owner-4711-0123456789ab','k9','folio','cancelled','{"id":10,"destination":"folio","source":{"path":"/files/ü 9.mrc","size":1009,"changed_ns":1700000000000000009},"options":{"job_profile":"p"},"batch":1,"phase":"cancelled","wait":null,"attempt":1,"ticket":null,"job":null,"result":null,"problem":null,"sha256":""}');
CREATE INDEX uploads_by_owner ON uploads (owner);
INSERT INTO "sqlite_sequence" VALUES('uploads',10);
PRAGMA user_version = 1;
COMMIT;
