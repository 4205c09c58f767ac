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
CREATE FUNCTION public.outbox_notify() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_notify('outbox', ''); RETURN NULL; END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
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
CREATE TABLE public.activity_version (
    id uuid NOT NULL,
    version integer NOT NULL,
    type character varying NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    over_at timestamp with time zone,
    state jsonb NOT NULL
);
CREATE TABLE public.contact (
    person_key character varying NOT NULL,
    version integer NOT NULL,
    name character varying,
    email character varying,
    language character varying,
    erased boolean NOT NULL
);
CREATE TABLE public.delivery (
    id uuid NOT NULL,
    rule text NOT NULL,
    subject uuid NOT NULL,
    recipient character varying NOT NULL,
    occasion integer NOT NULL,
    notice_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    programme character varying NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    reason text,
    asks boolean NOT NULL,
    released_by uuid,
    attempts integer NOT NULL,
    next_attempt_at timestamp with time zone NOT NULL,
    leased_until timestamp with time zone,
    answer integer,
    sent_at timestamp with time zone,
    told_version integer,
    calendar text,
    addressed boolean NOT NULL,
    CONSTRAINT ck_delivery_state CHECK ((state = ANY (ARRAY['planned'::text, 'leased'::text, 'sent'::text, 'bounced'::text, 'failed'::text, 'cancelled'::text, 'expired'::text])))
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
CREATE TABLE public.programme (
    code character varying NOT NULL,
    version integer NOT NULL,
    state jsonb NOT NULL
);
CREATE TABLE public.registration_version (
    id uuid NOT NULL,
    version integer NOT NULL,
    type character varying NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    activity_id uuid NOT NULL,
    programme character varying NOT NULL,
    person_key character varying NOT NULL,
    status character varying NOT NULL
);
CREATE TABLE public.sending (
    id integer NOT NULL,
    held boolean NOT NULL,
    since timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by uuid,
    CONSTRAINT ck_sending_only_row CHECK ((id = 1))
);
CREATE TABLE public.service_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.shared_version (
    version_num character varying(32) NOT NULL
);
COPY public.access (id, kind, role, active, token_hash, sessions_since, expires_at, version) FROM stdin;
\.
COPY public.activity_version (id, version, type, happened_at, over_at, state) FROM stdin;
01a221d4-6240-7464-8dfa-f75bc9d3fd53	1	activity-created	2026-09-20 12:00:00+00	2026-09-17 00:00:00+00	{"id": "01a221d4-6240-7464-8dfa-f75bc9d3fd53", "code": "1-workshop-f75bc9d3fd53", "ends": "2026-09-16", "kind": "workshop", "phase": "1", "place": null, "scope": "unknown", "title": {"en": "Sample workshop", "ru": "Пример семинара"}, "series": null, "starts": "2026-09-14", "status": "planned", "outputs": [], "sources": [], "version": 1, "delivery": "unknown", "component": null, "headcount": null, "programme": "SAMPLE", "protected": false, "time_zone": null, "created_at": "2026-09-20T12:00:00Z", "updated_at": "2026-09-20T12:00:00Z", "description": {}, "merged_into": null, "host_country": null, "co_organisers": [], "status_reason": null, "expert_organisations": [], "beneficiary_countries": ["KG"]}
01a221d4-62d7-73ef-b88e-c6218d55a098	1	activity-created	2026-09-20 12:00:00+00	2022-05-17 00:00:00+00	{"id": "01a221d4-62d7-73ef-b88e-c6218d55a098", "code": "1-study-visit-c6218d55a098", "ends": null, "kind": "study-visit", "phase": "1", "place": null, "scope": "unknown", "title": {"en": "Another sample"}, "series": null, "starts": "2022-05-01/2022-05-16", "status": "planned", "outputs": [], "sources": [], "version": 1, "delivery": "unknown", "component": null, "headcount": null, "programme": "SAMPLE", "protected": false, "time_zone": null, "created_at": "2026-09-20T12:00:00Z", "updated_at": "2026-09-20T12:00:00Z", "description": {}, "merged_into": null, "host_country": null, "co_organisers": [], "status_reason": null, "expert_organisations": [], "beneficiary_countries": ["KG"]}
01a221d4-6240-7464-8dfa-f75bc9d3fd53	2	activity-completed	2026-09-20 12:00:00+00	2026-09-17 00:00:00+00	{"id": "01a221d4-6240-7464-8dfa-f75bc9d3fd53", "code": "1-workshop-f75bc9d3fd53", "ends": "2026-09-16", "kind": "workshop", "phase": "1", "place": null, "scope": "unknown", "title": {"en": "Sample workshop", "ru": "Пример семинара"}, "series": null, "starts": "2026-09-14", "status": "held", "outputs": [], "sources": [], "version": 2, "delivery": "unknown", "component": null, "headcount": null, "programme": "SAMPLE", "protected": false, "time_zone": null, "created_at": "2026-09-20T12:00:00Z", "updated_at": "2026-09-20T12:00:00Z", "description": {}, "merged_into": null, "host_country": null, "co_organisers": [], "status_reason": null, "expert_organisations": [], "beneficiary_countries": ["KG"]}
01a221d4-62d7-73ef-b88e-c6218d55a098	2	activity-cancelled	2026-09-20 12:00:00+00	2022-05-17 00:00:00+00	{"id": "01a221d4-62d7-73ef-b88e-c6218d55a098", "code": "1-study-visit-c6218d55a098", "ends": null, "kind": "study-visit", "phase": "1", "place": null, "scope": "unknown", "title": {"en": "Another sample"}, "series": null, "starts": "2022-05-01/2022-05-16", "status": "cancelled", "outputs": [], "sources": [], "version": 2, "delivery": "unknown", "component": null, "headcount": null, "programme": "SAMPLE", "protected": false, "time_zone": null, "created_at": "2026-09-20T12:00:00Z", "updated_at": "2026-09-20T12:00:00Z", "description": {}, "merged_into": null, "host_country": null, "co_organisers": [], "status_reason": "No room", "expert_organisations": [], "beneficiary_countries": ["KG"]}
\.
COPY public.contact (person_key, version, name, email, language, erased) FROM stdin;
687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA	1	Sample Person 1	one@example.org	en	f
\.
COPY public.delivery (id, rule, subject, recipient, occasion, notice_id, activity_id, programme, happened_at, planned_at, state, reason, asks, released_by, attempts, next_attempt_at, leased_until, answer, sent_at, told_version, calendar, addressed) FROM stdin;
\.
COPY public.outbox (id, topic, key, value, headers, created_at) FROM stdin;
\.
COPY public.paused_consumer ("group", reason, since) FROM stdin;
\.
COPY public.programme (code, version, state) FROM stdin;
SAMPLE	1	{"code": "SAMPLE", "name": {"en": "Sample Programme"}, "donor": null, "phases": [{"code": "1", "ends": null, "lead": null, "name": {}, "budget": null, "starts": null, "partners": [], "delivered": [], "components": [{"code": "1", "name": {"en": "Sample component"}, "leader": null, "objective": {}}], "contributions": [], "active_implementation_since": null}], "version": 1, "countries": [], "languages": ["en"], "synthetic": false, "created_at": "2026-09-20T12:00:00Z", "short_name": {}, "updated_at": "2026-09-20T12:00:00Z"}
\.
COPY public.registration_version (id, version, type, happened_at, created_at, activity_id, programme, person_key, status) FROM stdin;
01a221d4-64b7-712b-abb7-a5503192c85f	2	participant-erased	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00	01a221d4-6240-7464-8dfa-f75bc9d3fd53	SAMPLE	Fuzr0S7Go9ifzFz5cGgvdhKLWaJOfUB6FoDVpcGbxRU	registered
01a221d4-63cb-7582-b85b-9e1fdc168079	1	participant-registered	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00	01a221d4-6240-7464-8dfa-f75bc9d3fd53	SAMPLE	687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA	registered
01a221d4-6546-7d82-a089-19d58477d266	1	participant-registered	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00	01a221d4-62d7-73ef-b88e-c6218d55a098	SAMPLE	687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA	registered
\.
COPY public.sending (id, held, since, changed_at, changed_by) FROM stdin;
1	f	2026-11-28 11:04:55.05184+00	2026-11-28 11:04:55.05184+00	\N
\.
COPY public.service_version (version_num) FROM stdin;
0002
\.
COPY public.shared_version (version_num) FROM stdin;
0001
\.
SELECT pg_catalog.setval('public.outbox_id_seq', 1, false);
ALTER TABLE ONLY public.access
    ADD CONSTRAINT pk_access PRIMARY KEY (id);
ALTER TABLE ONLY public.activity_version
    ADD CONSTRAINT pk_activity_version PRIMARY KEY (id, version);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT pk_contact PRIMARY KEY (person_key);
ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT pk_delivery PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (id);
ALTER TABLE ONLY public.paused_consumer
    ADD CONSTRAINT pk_paused_consumer PRIMARY KEY ("group");
ALTER TABLE ONLY public.programme
    ADD CONSTRAINT pk_programme PRIMARY KEY (code);
ALTER TABLE ONLY public.registration_version
    ADD CONSTRAINT pk_registration_version PRIMARY KEY (id, version);
ALTER TABLE ONLY public.sending
    ADD CONSTRAINT pk_sending PRIMARY KEY (id);
ALTER TABLE ONLY public.service_version
    ADD CONSTRAINT service_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.shared_version
    ADD CONSTRAINT shared_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.access
    ADD CONSTRAINT uq_access_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT uq_delivery_key UNIQUE (rule, subject, recipient, occasion);
CREATE INDEX ix_delivery_leased ON public.delivery USING btree (leased_until) WHERE (state = 'leased'::text);
CREATE INDEX ix_delivery_notice_id ON public.delivery USING btree (notice_id);
CREATE INDEX ix_delivery_subject ON public.delivery USING btree (subject);
CREATE INDEX ix_delivery_to_send ON public.delivery USING btree (next_attempt_at) WHERE ((state = 'planned'::text) AND (NOT asks) AND addressed);
CREATE INDEX ix_delivery_told ON public.delivery USING btree (activity_id, recipient);
CREATE INDEX ix_delivery_without_address ON public.delivery USING btree (recipient) WHERE ((state = 'planned'::text) AND (NOT addressed));
CREATE INDEX ix_registration_version_activity_id ON public.registration_version USING btree (activity_id);
CREATE INDEX ix_registration_version_person_key ON public.registration_version USING btree (person_key);
CREATE TRIGGER outbox_notify AFTER INSERT ON public.outbox FOR EACH STATEMENT EXECUTE FUNCTION public.outbox_notify();
\unrestrict registan
