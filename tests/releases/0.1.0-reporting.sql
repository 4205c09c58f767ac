\restrict registan
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA facts;
CREATE FUNCTION public.outbox_notify() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_notify('outbox', ''); RETURN NULL; END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE facts.activity (
    id uuid NOT NULL,
    version integer NOT NULL,
    known_from timestamp with time zone NOT NULL,
    known_until timestamp with time zone,
    programme text NOT NULL,
    code text NOT NULL,
    phase text NOT NULL,
    component text,
    kind text NOT NULL,
    scope text,
    delivery text,
    status text NOT NULL,
    title jsonb NOT NULL,
    starts text,
    ends text,
    starts_earliest date,
    starts_latest date,
    countries text[],
    headcount integer,
    headcount_women integer,
    headcount_by_country jsonb,
    headcount_precision text,
    digest bigint NOT NULL
);
CREATE TABLE facts.attendance (
    activity_id uuid NOT NULL,
    people integer NOT NULL,
    women integer NOT NULL,
    gender_known integer NOT NULL
);
CREATE TABLE facts.cell (
    activity_id uuid NOT NULL,
    gender text,
    country text,
    people integer NOT NULL
);
CREATE TABLE facts.first_attendance (
    person_key text NOT NULL COLLATE pg_catalog."C",
    programme text NOT NULL,
    phase text NOT NULL,
    activity_id uuid NOT NULL,
    of_programme boolean NOT NULL
);
CREATE TABLE facts.newcomers (
    activity_id uuid NOT NULL,
    of_programme integer NOT NULL,
    of_phase integer NOT NULL
);
CREATE TABLE facts.organisation (
    id uuid NOT NULL,
    version integer NOT NULL,
    known_from timestamp with time zone NOT NULL,
    known_until timestamp with time zone,
    name jsonb NOT NULL,
    country text,
    kind text,
    merged_into uuid
);
CREATE TABLE facts.programme (
    code text NOT NULL,
    version integer NOT NULL,
    known_from timestamp with time zone NOT NULL,
    known_until timestamp with time zone,
    name jsonb NOT NULL,
    short_name jsonb NOT NULL,
    countries text[] NOT NULL,
    synthetic boolean NOT NULL,
    phases jsonb NOT NULL
);
CREATE TABLE facts.registration (
    id uuid NOT NULL,
    version integer NOT NULL,
    known_from timestamp with time zone NOT NULL,
    known_until timestamp with time zone,
    activity_id uuid NOT NULL,
    programme text NOT NULL,
    person_key text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL,
    gender text,
    country text,
    organisation text,
    status text NOT NULL
);
CREATE TABLE public.access (
    id uuid NOT NULL,
    kind text NOT NULL,
    role text NOT NULL,
    active boolean NOT NULL,
    token_hash text,
    sessions_since timestamp with time zone,
    expires_at timestamp with time zone,
    version bigint NOT NULL
);
CREATE TABLE public.outbox (
    id bigint NOT NULL,
    topic text NOT NULL,
    key bytea NOT NULL,
    value bytea,
    headers jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='10000');
ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.paused_consumer (
    "group" text NOT NULL,
    reason text NOT NULL,
    since timestamp with time zone NOT NULL
);
CREATE TABLE public.service_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.shared_version (
    version_num character varying(32) NOT NULL
);
COPY facts.activity (id, version, known_from, known_until, programme, code, phase, component, kind, scope, delivery, status, title, starts, ends, starts_earliest, starts_latest, countries, headcount, headcount_women, headcount_by_country, headcount_precision, digest) FROM stdin;
01a221d4-6240-7464-8dfa-f75bc9d3fd53	2	2026-09-20 12:00:00+00	\N	SAMPLE	1-workshop-f75bc9d3fd53	1	\N	workshop	\N	\N	held	{"en": "Sample workshop", "ru": "Пример семинара"}	2026-09-14	2026-09-16	2026-09-14	2026-09-14	{KG}	\N	\N	\N	\N	5484476273546822551
01a221d4-62d7-73ef-b88e-c6218d55a098	2	2026-09-20 12:00:00+00	\N	SAMPLE	1-study-visit-c6218d55a098	1	\N	study-visit	\N	\N	cancelled	{"en": "Another sample"}	2022-05-01/2022-05-16	\N	2022-05-01	2022-05-16	{KG}	\N	\N	\N	\N	-1545003727322878699
01a221d4-6240-7464-8dfa-f75bc9d3fd53	1	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00	SAMPLE	1-workshop-f75bc9d3fd53	1	\N	workshop	\N	\N	planned	{"en": "Sample workshop", "ru": "Пример семинара"}	2026-09-14	2026-09-16	2026-09-14	2026-09-14	{KG}	\N	\N	\N	\N	-1566186150942542396
01a221d4-62d7-73ef-b88e-c6218d55a098	1	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00	SAMPLE	1-study-visit-c6218d55a098	1	\N	study-visit	\N	\N	planned	{"en": "Another sample"}	2022-05-01/2022-05-16	\N	2022-05-01	2022-05-16	{KG}	\N	\N	\N	\N	-4314113095661132776
\.
COPY facts.attendance (activity_id, people, women, gender_known) FROM stdin;
\.
COPY facts.cell (activity_id, gender, country, people) FROM stdin;
\.
COPY facts.first_attendance (person_key, programme, phase, activity_id, of_programme) FROM stdin;
\.
COPY facts.newcomers (activity_id, of_programme, of_phase) FROM stdin;
\.
COPY facts.organisation (id, version, known_from, known_until, name, country, kind, merged_into) FROM stdin;
\.
COPY facts.programme (code, version, known_from, known_until, name, short_name, countries, synthetic, phases) FROM stdin;
SAMPLE	1	2026-09-20 12:00:00+00	\N	{"en": "Sample Programme"}	{}	{}	f	[{"code": "1", "name": {}, "components": [{"code": "1", "name": {"en": "Sample component"}}], "active_since": null}]
\.
COPY facts.registration (id, version, known_from, known_until, activity_id, programme, person_key, role, gender, country, organisation, status) FROM stdin;
01a221d4-63cb-7582-b85b-9e1fdc168079	1	2026-09-20 12:00:00+00	\N	01a221d4-6240-7464-8dfa-f75bc9d3fd53	SAMPLE	687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA	participant	female	KG	\N	registered
01a221d4-6546-7d82-a089-19d58477d266	1	2026-09-20 12:00:00+00	\N	01a221d4-62d7-73ef-b88e-c6218d55a098	SAMPLE	687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA	participant	\N	\N	\N	registered
01a221d4-64b7-712b-abb7-a5503192c85f	2	2026-09-20 12:00:00+00	\N	01a221d4-6240-7464-8dfa-f75bc9d3fd53	SAMPLE	Fuzr0S7Go9ifzFz5cGgvdhKLWaJOfUB6FoDVpcGbxRU	participant	\N	TJ	\N	registered
01a221d4-64b7-712b-abb7-a5503192c85f	1	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00	01a221d4-6240-7464-8dfa-f75bc9d3fd53	SAMPLE	dsZv2RvAidjv0V4tN0NgZg8XSVIIkqQLbMzHtCSm5mo	participant	\N	TJ	\N	registered
\.
COPY public.access (id, kind, role, active, token_hash, sessions_since, expires_at, version) FROM stdin;
\.
COPY public.outbox (id, topic, key, value, headers, created_at) FROM stdin;
\.
COPY public.paused_consumer ("group", reason, since) FROM stdin;
\.
COPY public.service_version (version_num) FROM stdin;
0003
\.
COPY public.shared_version (version_num) FROM stdin;
0001
\.
SELECT pg_catalog.setval('public.outbox_id_seq', 1, false);
ALTER TABLE ONLY facts.activity
    ADD CONSTRAINT pk_activity PRIMARY KEY (id, version);
ALTER TABLE ONLY facts.attendance
    ADD CONSTRAINT pk_attendance PRIMARY KEY (activity_id);
ALTER TABLE ONLY facts.first_attendance
    ADD CONSTRAINT pk_first_attendance PRIMARY KEY (person_key, programme, phase, activity_id, of_programme);
ALTER TABLE ONLY facts.newcomers
    ADD CONSTRAINT pk_newcomers PRIMARY KEY (activity_id);
ALTER TABLE ONLY facts.organisation
    ADD CONSTRAINT pk_organisation PRIMARY KEY (id, version);
ALTER TABLE ONLY facts.programme
    ADD CONSTRAINT pk_programme PRIMARY KEY (code, version);
ALTER TABLE ONLY facts.registration
    ADD CONSTRAINT pk_registration PRIMARY KEY (id, version);
ALTER TABLE ONLY public.access
    ADD CONSTRAINT pk_access PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (id);
ALTER TABLE ONLY public.paused_consumer
    ADD CONSTRAINT pk_paused_consumer PRIMARY KEY ("group");
ALTER TABLE ONLY public.service_version
    ADD CONSTRAINT service_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.shared_version
    ADD CONSTRAINT shared_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.access
    ADD CONSTRAINT uq_access_token_hash UNIQUE (token_hash);
CREATE INDEX ix_activity_current ON facts.activity USING btree (programme, phase) WHERE (known_until IS NULL);
CREATE INDEX ix_facts_cell_activity_id ON facts.cell USING btree (activity_id);
CREATE INDEX ix_facts_first_attendance_activity_id ON facts.first_attendance USING btree (activity_id);
CREATE INDEX ix_registration_activity ON facts.registration USING btree (activity_id, programme, person_key) WHERE ((known_until IS NULL) AND (status = 'attended'::text) AND (role = 'participant'::text));
CREATE INDEX ix_registration_current ON facts.registration USING btree (activity_id) WHERE (known_until IS NULL);
CREATE INDEX ix_registration_person ON facts.registration USING btree (programme, person_key, activity_id) WHERE ((known_until IS NULL) AND (status = 'attended'::text) AND (role = 'participant'::text));
CREATE TRIGGER outbox_notify AFTER INSERT ON public.outbox FOR EACH STATEMENT EXECUTE FUNCTION public.outbox_notify();
\unrestrict registan
