BEGIN TRANSACTION;
CREATE TABLE batches (
	id VARCHAR(32) NOT NULL, 
	engine TEXT NOT NULL, 
	run TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	remote TEXT, 
	process VARCHAR(32) NOT NULL, 
	requests INTEGER NOT NULL, 
	bytes INTEGER NOT NULL, 
	expected_cost VARCHAR(40), 
	created DATETIME NOT NULL, 
	submitted DATETIME, 
	ended DATETIME, 
	message TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE budgets (
	scope VARCHAR(200) NOT NULL, 
	spent VARCHAR(40) NOT NULL, 
	reserved VARCHAR(40) NOT NULL, 
	PRIMARY KEY (scope)
);
CREATE TABLE flights (
	"key" VARCHAR(64) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	process VARCHAR(32) NOT NULL, 
	document TEXT NOT NULL, 
	name TEXT NOT NULL, 
	pages TEXT NOT NULL, 
	engine TEXT NOT NULL, 
	schema_name TEXT NOT NULL, 
	schema_hash TEXT NOT NULL, 
	prompt_version TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	run TEXT NOT NULL, 
	began DATETIME NOT NULL, 
	expected_input INTEGER DEFAULT '0' NOT NULL, 
	expected_output INTEGER DEFAULT '0' NOT NULL, 
	expected_cost VARCHAR(40), 
	scopes TEXT DEFAULT '' NOT NULL, 
	likely_cost VARCHAR(40), 
	reserved_cost VARCHAR(40), 
	batch VARCHAR(32), 
	PRIMARY KEY ("key")
);
CREATE TABLE kept (
	kind VARCHAR(32) NOT NULL, 
	"key" VARCHAR(200) NOT NULL, 
	payload BLOB NOT NULL, 
	document VARCHAR(64) DEFAULT '' NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (kind, "key")
);
CREATE TABLE ledger (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "ledger" VALUES(6);
CREATE TABLE processes (
	id VARCHAR(32) NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	started FLOAT NOT NULL, 
	seen DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "processes" VALUES('8062dd3842904af5bab634c66c0d8e70','vm pid:[4026531836]',2151,1795936652.31,'2026-11-29 07:17:35');
CREATE TABLE replies (
	id INTEGER NOT NULL, 
	call VARCHAR(32) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	document TEXT NOT NULL, 
	name TEXT NOT NULL, 
	pages TEXT NOT NULL, 
	engine TEXT NOT NULL, 
	schema_name TEXT NOT NULL, 
	schema_hash TEXT NOT NULL, 
	prompt_version TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	run TEXT NOT NULL, 
	outcome VARCHAR(16) NOT NULL, 
	text TEXT NOT NULL, 
	repaired BOOLEAN NOT NULL, 
	message TEXT NOT NULL, 
	code TEXT NOT NULL, 
	retryable BOOLEAN NOT NULL, 
	input_tokens INTEGER DEFAULT '0' NOT NULL, 
	output_tokens INTEGER DEFAULT '0' NOT NULL, 
	cache_read_tokens INTEGER DEFAULT '0' NOT NULL, 
	cache_write_tokens INTEGER DEFAULT '0' NOT NULL, 
	reasoning_tokens INTEGER DEFAULT '0' NOT NULL, 
	audio_tokens INTEGER DEFAULT '0' NOT NULL, 
	cost VARCHAR(40), 
	model TEXT NOT NULL, 
	request_id TEXT, 
	seconds FLOAT NOT NULL, 
	attempts INTEGER NOT NULL, 
	created DATETIME NOT NULL, 
	expected_input INTEGER DEFAULT '0' NOT NULL, 
	expected_output INTEGER DEFAULT '0' NOT NULL, 
	expected_cost VARCHAR(40), 
	PRIMARY KEY (id), 
	UNIQUE (call)
);
INSERT INTO "replies" VALUES(1,'c510552d73c648198a292c0cc52ab2ce','7a1fe02957315625914b9115347af88e211f4d859a56aad8f1714c6bee438756','4fc400378a98517352d5e6894b4c9517d4c5e1fa5025357ca908d029760f2535','slip.png','1','anthropic:claude-haiku-5-5@http://127.0.0.1:18765?key=OLD_KEY&price=1/5','slip','201f25b7635e724a4801f6c7f0d546a60cf7155eaf8a0f0d6a9467588ab57eff','2','extract','3aa72f98edfa49da897560c7a940c558','ok','{"number": "4711", "issued": "2026-11-28", "total": 12.5, "lines": [{"text": "Tea", "amount": 12.5}]}',0,'','',0,1896,30,0,0,0,0,'0.002046','claude-haiku-5-5','req_1',6.81127329989976715296e-02,1,'2026-11-29 07:17:35.877546',608,792,'0.004568');
CREATE INDEX ix_replies_created ON replies (created);
CREATE INDEX ix_replies_key ON replies ("key");
CREATE INDEX ix_flights_batch ON flights (batch);
CREATE INDEX ix_flights_process ON flights (process);
CREATE INDEX ix_batches_state ON batches (state);
CREATE INDEX ix_kept_document ON kept (document);
COMMIT;
