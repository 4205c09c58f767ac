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
CREATE FUNCTION public.journal_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the journal is append-only: % is refused', TG_OP; END $$;
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
CREATE TABLE public.activity (
    id uuid NOT NULL,
    programme text NOT NULL,
    code text NOT NULL,
    phase text NOT NULL,
    component text,
    kind text NOT NULL,
    scope text NOT NULL,
    delivery text NOT NULL,
    title jsonb NOT NULL,
    description jsonb NOT NULL,
    starts text,
    ends text,
    time_zone text,
    place jsonb,
    beneficiary_countries text[] NOT NULL,
    host_country text,
    co_organisers jsonb NOT NULL,
    expert_organisations jsonb NOT NULL,
    series text,
    headcount jsonb,
    protected boolean NOT NULL,
    status text NOT NULL,
    status_before text,
    status_reason text,
    merged_into uuid,
    lent_sources jsonb NOT NULL,
    outputs jsonb NOT NULL,
    sources jsonb NOT NULL,
    day date NOT NULL,
    earliest date,
    latest date,
    sort_title text NOT NULL,
    search_text text NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.answered_request (
    actor_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    status integer,
    headers jsonb NOT NULL,
    body jsonb
);
CREATE TABLE public.erased_person (
    person_key text NOT NULL,
    programme text NOT NULL,
    version integer NOT NULL,
    erased_at timestamp with time zone NOT NULL
);
CREATE TABLE public.journal (
    "position" bigint NOT NULL,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    sequence integer NOT NULL,
    programme text NOT NULL,
    "time" timestamp with time zone NOT NULL,
    actor_id uuid NOT NULL,
    actor_kind text NOT NULL,
    reason text,
    data jsonb NOT NULL
);
ALTER TABLE public.journal ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.journal_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.organisation (
    id uuid NOT NULL,
    programme text NOT NULL,
    name jsonb NOT NULL,
    short_name jsonb NOT NULL,
    kind text NOT NULL,
    country text,
    parent_id uuid,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
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
CREATE TABLE public.person (
    id uuid NOT NULL,
    programme text NOT NULL,
    name text NOT NULL,
    email text,
    phone text,
    language text,
    email_key text,
    likeness text NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.programme (
    code text NOT NULL,
    name jsonb NOT NULL,
    short_name jsonb NOT NULL,
    donor text,
    languages text[] NOT NULL,
    countries text[] NOT NULL,
    synthetic boolean NOT NULL,
    phases jsonb NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.registration (
    id uuid NOT NULL,
    activity_id uuid NOT NULL,
    programme text NOT NULL,
    person_id uuid,
    person_key text NOT NULL,
    role text NOT NULL,
    gender text NOT NULL,
    country text,
    organisation jsonb,
    status text NOT NULL,
    days_attended date[] NOT NULL,
    moved_from uuid,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.service_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.shared_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.sign_in_attempt (
    id bigint NOT NULL,
    source text NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE public.sign_in_attempt ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sign_in_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.sign_in_link (
    secret_hash text NOT NULL,
    user_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.token (
    id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    secret_hash text NOT NULL,
    active boolean NOT NULL,
    expires_at timestamp with time zone,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.upload (
    id uuid NOT NULL,
    actor_id uuid NOT NULL,
    name text NOT NULL,
    programme text NOT NULL,
    sheet text,
    content bytea NOT NULL,
    result jsonb,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public."user" (
    id uuid NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    language text,
    password_hash text,
    active boolean NOT NULL,
    sessions_since timestamp with time zone,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
COPY public.access (id, kind, role, active, token_hash, sessions_since, expires_at, version) FROM stdin;
01a221d4-6723-7830-9418-688e44ba9aeb	user	admin	t	\N	\N	\N	1
\.
COPY public.activity (id, programme, code, phase, component, kind, scope, delivery, title, description, starts, ends, time_zone, place, beneficiary_countries, host_country, co_organisers, expert_organisations, series, headcount, protected, status, status_before, status_reason, merged_into, lent_sources, outputs, sources, day, earliest, latest, sort_title, search_text, version, created_at, updated_at) FROM stdin;
01a221d4-6240-7464-8dfa-f75bc9d3fd53	SAMPLE	1-workshop-f75bc9d3fd53	1	\N	workshop	unknown	unknown	{"en": "Sample workshop", "ru": "Пример семинара"}	{}	2026-09-14	2026-09-16	\N	\N	{KG}	\N	[]	[]	\N	\N	f	held	planned	\N	\N	[]	[]	[]	2026-09-14	2026-09-14	2026-09-16	sample workshop	1-workshop-f75bc9d3fd53\nsample workshop\nпример семинара	2	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00
01a221d4-62d7-73ef-b88e-c6218d55a098	SAMPLE	1-study-visit-c6218d55a098	1	\N	study-visit	unknown	unknown	{"en": "Another sample"}	{}	2022-05-01/2022-05-16	\N	\N	\N	{KG}	\N	[]	[]	\N	\N	f	cancelled	planned	No room	\N	[]	[]	[]	2022-05-01	2022-05-01	2022-05-16	another sample	1-study-visit-c6218d55a098\nanother sample	2	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00
\.
COPY public.answered_request (actor_id, key, fingerprint, created_at, status, headers, body) FROM stdin;
\.
COPY public.erased_person (person_key, programme, version, erased_at) FROM stdin;
dsZv2RvAidjv0V4tN0NgZg8XSVIIkqQLbMzHtCSm5mo	SAMPLE	2	2026-09-20 12:00:00+00
\.
COPY public.journal ("position", event_id, topic, type, key, sequence, programme, "time", actor_id, actor_kind, reason, data) FROM stdin;
1	01a221d4-60e5-7f8e-8c8f-02dddd29153e	registan.programmes.v1	programme-defined	SAMPLE	1	SAMPLE	2026-09-20 12:00:00+00	00000000-0000-0000-0000-000000000000	system	\N	{"code": "SAMPLE", "name": {"en": "Sample Programme"}, "donor": null, "phases": [{"code": "1", "ends": null, "lead": null, "name": {}, "budget": null, "starts": null, "partners": [], "delivered": [], "components": [{"code": "1", "name": {"en": "Sample component"}, "leader": null, "objective": {}}], "contributions": [], "active_implementation_since": null}], "version": 1, "countries": [], "languages": ["en"], "synthetic": false, "created_at": "2026-09-20T12:00:00Z", "short_name": {}, "updated_at": "2026-09-20T12:00:00Z"}
2	01a221d4-6241-7425-a7c8-27acecd16865	registan.activities.v1	activity-created	01a221d4-6240-7464-8dfa-f75bc9d3fd53	1	SAMPLE	2026-09-20 12:00:00+00	00000000-0000-0000-0000-000000000000	system	\N	{"id": "01a221d4-6240-7464-8dfa-f75bc9d3fd53", "code": "1-workshop-f75bc9d3fd53", "ends": "2026-09-16", "kind": "workshop", "phase": "1", "place": null, "scope": "unknown", "title": {"en": "Sample workshop", "ru": "Пример семинара"}, "series": null, "starts": "2026-09-14", "status": "planned", "outputs": [], "sources": [], "version": 1, "delivery": "unknown", "component": null, "headcount": null, "programme": "SAMPLE", "protected": false, "time_zone": null, "created_at": "2026-09-20T12:00:00Z", "updated_at": "2026-09-20T12:00:00Z", "description": {}, "merged_into": null, "host_country": null, "co_organisers": [], "status_reason": null, "expert_organisations": [], "beneficiary_countries": ["KG"]}
3	01a221d4-62d8-78a0-99bc-24fd68e1ce09	registan.activities.v1	activity-created	01a221d4-62d7-73ef-b88e-c6218d55a098	1	SAMPLE	2026-09-20 12:00:00+00	00000000-0000-0000-0000-000000000000	system	\N	{"id": "01a221d4-62d7-73ef-b88e-c6218d55a098", "code": "1-study-visit-c6218d55a098", "ends": null, "kind": "study-visit", "phase": "1", "place": null, "scope": "unknown", "title": {"en": "Another sample"}, "series": null, "starts": "2022-05-01/2022-05-16", "status": "planned", "outputs": [], "sources": [], "version": 1, "delivery": "unknown", "component": null, "headcount": null, "programme": "SAMPLE", "protected": false, "time_zone": null, "created_at": "2026-09-20T12:00:00Z", "updated_at": "2026-09-20T12:00:00Z", "description": {}, "merged_into": null, "host_country": null, "co_organisers": [], "status_reason": null, "expert_organisations": [], "beneficiary_countries": ["KG"]}
4	01a221d4-63cc-75a9-9a7e-8a1ab4b5051a	registan.participants.v1	participant-registered	01a221d4-63cb-7582-b85b-9e1fdc168079	1	SAMPLE	2026-09-20 12:00:00+00	00000000-0000-0000-0000-000000000000	system	\N	{"id": "01a221d4-63cb-7582-b85b-9e1fdc168079", "role": "participant", "gender": "female", "status": "registered", "country": "KG", "version": 1, "programme": "SAMPLE", "created_at": "2026-09-20T12:00:00Z", "person_key": "687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA", "updated_at": "2026-09-20T12:00:00Z", "activity_id": "01a221d4-6240-7464-8dfa-f75bc9d3fd53", "organisation": null, "days_attended": []}
5	01a221d4-64b8-7e08-b2d9-263a925189ce	registan.participants.v1	participant-registered	01a221d4-64b7-712b-abb7-a5503192c85f	1	SAMPLE	2026-09-20 12:00:00+00	00000000-0000-0000-0000-000000000000	system	\N	{"id": "01a221d4-64b7-712b-abb7-a5503192c85f", "role": "participant", "gender": "unknown", "status": "registered", "country": "TJ", "version": 1, "programme": "SAMPLE", "created_at": "2026-09-20T12:00:00Z", "person_key": "dsZv2RvAidjv0V4tN0NgZg8XSVIIkqQLbMzHtCSm5mo", "updated_at": "2026-09-20T12:00:00Z", "activity_id": "01a221d4-6240-7464-8dfa-f75bc9d3fd53", "organisation": null, "days_attended": []}
6	01a221d4-6547-7527-ace0-af98d2bd991e	registan.participants.v1	participant-registered	01a221d4-6546-7d82-a089-19d58477d266	1	SAMPLE	2026-09-20 12:00:00+00	00000000-0000-0000-0000-000000000000	system	\N	{"id": "01a221d4-6546-7d82-a089-19d58477d266", "role": "participant", "gender": "unknown", "status": "registered", "country": null, "version": 1, "programme": "SAMPLE", "created_at": "2026-09-20T12:00:00Z", "person_key": "687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA", "updated_at": "2026-09-20T12:00:00Z", "activity_id": "01a221d4-62d7-73ef-b88e-c6218d55a098", "organisation": null, "days_attended": []}
7	01a221d4-6626-7308-8c45-fecaafec93fd	registan.participants.v1	participant-erased	01a221d4-64b7-712b-abb7-a5503192c85f	2	SAMPLE	2026-09-20 12:00:00+00	00000000-0000-0000-0000-000000000000	system	\N	{"id": "01a221d4-64b7-712b-abb7-a5503192c85f", "role": "participant", "gender": "unknown", "status": "registered", "country": "TJ", "version": 2, "programme": "SAMPLE", "created_at": "2026-09-20T12:00:00Z", "person_key": "Fuzr0S7Go9ifzFz5cGgvdhKLWaJOfUB6FoDVpcGbxRU", "updated_at": "2026-09-20T12:00:00Z", "activity_id": "01a221d4-6240-7464-8dfa-f75bc9d3fd53", "organisation": null, "days_attended": []}
8	01a221d4-6684-7e18-991a-95ec8d933eaa	registan.activities.v1	activity-completed	01a221d4-6240-7464-8dfa-f75bc9d3fd53	2	SAMPLE	2026-09-20 12:00:00+00	00000000-0000-0000-0000-000000000000	system	\N	{"id": "01a221d4-6240-7464-8dfa-f75bc9d3fd53", "code": "1-workshop-f75bc9d3fd53", "ends": "2026-09-16", "kind": "workshop", "phase": "1", "place": null, "scope": "unknown", "title": {"en": "Sample workshop", "ru": "Пример семинара"}, "series": null, "starts": "2026-09-14", "status": "held", "outputs": [], "sources": [], "version": 2, "delivery": "unknown", "component": null, "headcount": null, "programme": "SAMPLE", "protected": false, "time_zone": null, "created_at": "2026-09-20T12:00:00Z", "updated_at": "2026-09-20T12:00:00Z", "description": {}, "merged_into": null, "host_country": null, "co_organisers": [], "status_reason": null, "expert_organisations": [], "beneficiary_countries": ["KG"]}
9	01a221d4-66d6-7875-a84a-2299be74b4d0	registan.activities.v1	activity-cancelled	01a221d4-62d7-73ef-b88e-c6218d55a098	2	SAMPLE	2026-09-20 12:00:00+00	00000000-0000-0000-0000-000000000000	system	No room	{"id": "01a221d4-62d7-73ef-b88e-c6218d55a098", "code": "1-study-visit-c6218d55a098", "ends": null, "kind": "study-visit", "phase": "1", "place": null, "scope": "unknown", "title": {"en": "Another sample"}, "series": null, "starts": "2022-05-01/2022-05-16", "status": "cancelled", "outputs": [], "sources": [], "version": 2, "delivery": "unknown", "component": null, "headcount": null, "programme": "SAMPLE", "protected": false, "time_zone": null, "created_at": "2026-09-20T12:00:00Z", "updated_at": "2026-09-20T12:00:00Z", "description": {}, "merged_into": null, "host_country": null, "co_organisers": [], "status_reason": "No room", "expert_organisations": [], "beneficiary_countries": ["KG"]}
\.
COPY public.organisation (id, programme, name, short_name, kind, country, parent_id, version, created_at, updated_at) FROM stdin;
\.
COPY public.outbox (id, topic, key, value, headers, created_at) FROM stdin;
1	registan.programmes.v1	\\x53414d504c45	\\x7b2276657273696f6e223a312c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22636f6465223a2253414d504c45222c226e616d65223a7b22656e223a2253616d706c652050726f6772616d6d65227d2c2273686f72745f6e616d65223a7b7d2c22646f6e6f72223a6e756c6c2c226c616e677561676573223a5b22656e225d2c22636f756e7472696573223a5b5d2c2273796e746865746963223a66616c73652c22706861736573223a5b7b22636f6465223a2231222c226e616d65223a7b7d2c22737461727473223a6e756c6c2c22656e6473223a6e756c6c2c226163746976655f696d706c656d656e746174696f6e5f73696e6365223a6e756c6c2c22627564676574223a6e756c6c2c22636f6e747269627574696f6e73223a5b5d2c2264656c697665726564223a5b5d2c226c656164223a6e756c6c2c22706172746e657273223a5b5d2c22636f6d706f6e656e7473223a5b7b22636f6465223a2231222c226e616d65223a7b22656e223a2253616d706c6520636f6d706f6e656e74227d2c226f626a656374697665223a7b7d2c226c6561646572223a6e756c6c7d5d7d5d7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-60e5-7f8e-8c8f-02dddd29153e"], ["ce_type", "org.registan.programme-defined"], ["ce_source", "/registan/registry"], ["ce_subject", "SAMPLE"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.programmes.v1"], ["ce_sequence", "1"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:56.268758+00
2	registan.activities.v1	\\x30316132323164342d363234302d373436342d386466612d663735626339643366643533	\\x7b2276657273696f6e223a312c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c226964223a2230316132323164342d363234302d373436342d386466612d663735626339643366643533222c22636f6465223a22312d776f726b73686f702d663735626339643366643533222c2270726f6772616d6d65223a2253414d504c45222c227068617365223a2231222c22636f6d706f6e656e74223a6e756c6c2c226b696e64223a22776f726b73686f70222c2273636f7065223a22756e6b6e6f776e222c2264656c6976657279223a22756e6b6e6f776e222c227469746c65223a7b22656e223a2253616d706c6520776f726b73686f70222c227275223a22d09fd180d0b8d0bcd0b5d18020d181d0b5d0bcd0b8d0bdd0b0d180d0b0227d2c226465736372697074696f6e223a7b7d2c22737461727473223a22323032362d30392d3134222c22656e6473223a22323032362d30392d3136222c2274696d655f7a6f6e65223a6e756c6c2c22706c616365223a6e756c6c2c2262656e65666963696172795f636f756e7472696573223a5b224b47225d2c22686f73745f636f756e747279223a6e756c6c2c22636f5f6f7267616e6973657273223a5b5d2c226578706572745f6f7267616e69736174696f6e73223a5b5d2c22736572696573223a6e756c6c2c2268656164636f756e74223a6e756c6c2c2270726f746563746564223a66616c73652c22737461747573223a22706c616e6e6564222c227374617475735f726561736f6e223a6e756c6c2c226d65726765645f696e746f223a6e756c6c2c226f757470757473223a5b5d2c22736f7572636573223a5b5d7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-6241-7425-a7c8-27acecd16865"], ["ce_type", "org.registan.activity-created"], ["ce_source", "/registan/registry"], ["ce_subject", "01a221d4-6240-7464-8dfa-f75bc9d3fd53"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.activities.v1"], ["ce_sequence", "1"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:56.607058+00
3	registan.activities.v1	\\x30316132323164342d363264372d373365662d623838652d633632313864353561303938	\\x7b2276657273696f6e223a312c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c226964223a2230316132323164342d363264372d373365662d623838652d633632313864353561303938222c22636f6465223a22312d73747564792d76697369742d633632313864353561303938222c2270726f6772616d6d65223a2253414d504c45222c227068617365223a2231222c22636f6d706f6e656e74223a6e756c6c2c226b696e64223a2273747564792d7669736974222c2273636f7065223a22756e6b6e6f776e222c2264656c6976657279223a22756e6b6e6f776e222c227469746c65223a7b22656e223a22416e6f746865722073616d706c65227d2c226465736372697074696f6e223a7b7d2c22737461727473223a22323032322d30352d30312f323032322d30352d3136222c22656e6473223a6e756c6c2c2274696d655f7a6f6e65223a6e756c6c2c22706c616365223a6e756c6c2c2262656e65666963696172795f636f756e7472696573223a5b224b47225d2c22686f73745f636f756e747279223a6e756c6c2c22636f5f6f7267616e6973657273223a5b5d2c226578706572745f6f7267616e69736174696f6e73223a5b5d2c22736572696573223a6e756c6c2c2268656164636f756e74223a6e756c6c2c2270726f746563746564223a66616c73652c22737461747573223a22706c616e6e6564222c227374617475735f726561736f6e223a6e756c6c2c226d65726765645f696e746f223a6e756c6c2c226f757470757473223a5b5d2c22736f7572636573223a5b5d7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-62d8-78a0-99bc-24fd68e1ce09"], ["ce_type", "org.registan.activity-created"], ["ce_source", "/registan/registry"], ["ce_subject", "01a221d4-62d7-73ef-b88e-c6218d55a098"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.activities.v1"], ["ce_sequence", "1"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:56.762262+00
4	registan.participants.v1	\\x30316132323164342d363363622d373538322d623835622d396531666463313638303739	\\x7b2276657273696f6e223a312c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c226964223a2230316132323164342d363363622d373538322d623835622d396531666463313638303739222c2261637469766974795f6964223a2230316132323164342d363234302d373436342d386466612d663735626339643366643533222c2270726f6772616d6d65223a2253414d504c45222c22706572736f6e5f6b6579223a2236383771353858452d38657a435946567268447238537054306c2d33736e366e766b6d3252414d62347041222c22726f6c65223a227061727469636970616e74222c2267656e646572223a2266656d616c65222c22636f756e747279223a224b47222c226f7267616e69736174696f6e223a6e756c6c2c22737461747573223a2272656769737465726564222c22646179735f617474656e646564223a5b5d7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-63cc-75a9-9a7e-8a1ab4b5051a"], ["ce_type", "org.registan.participant-registered"], ["ce_source", "/registan/registry"], ["ce_subject", "01a221d4-63cb-7582-b85b-9e1fdc168079"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.participants.v1"], ["ce_sequence", "1"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:56.896717+00
5	registan.contacts.v1	\\x36383771353858452d38657a435946567268447238537054306c2d33736e366e766b6d3252414d62347041	\\x7b2276657273696f6e223a312c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22706572736f6e5f6b6579223a2236383771353858452d38657a435946567268447238537054306c2d33736e366e766b6d3252414d62347041222c2270726f6772616d6d65223a2253414d504c45222c226e616d65223a2253616d706c6520506572736f6e2031222c22656d61696c223a226f6e65406578616d706c652e6f7267222c226c616e6775616765223a22656e227d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-63ca-70bd-9332-8ebc30caf46c"], ["ce_type", "org.registan.contact-changed"], ["ce_source", "/registan/registry"], ["ce_subject", "687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.contacts.v1"], ["ce_sequence", "1"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:56.896717+00
6	registan.participants.v1	\\x30316132323164342d363462372d373132622d616262372d613535303331393263383566	\\x7b2276657273696f6e223a312c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c226964223a2230316132323164342d363462372d373132622d616262372d613535303331393263383566222c2261637469766974795f6964223a2230316132323164342d363234302d373436342d386466612d663735626339643366643533222c2270726f6772616d6d65223a2253414d504c45222c22706572736f6e5f6b6579223a2264735a763252764169646a76305634744e304e675a673858535649496b71514c624d7a487443536d356d6f222c22726f6c65223a227061727469636970616e74222c2267656e646572223a22756e6b6e6f776e222c22636f756e747279223a22544a222c226f7267616e69736174696f6e223a6e756c6c2c22737461747573223a2272656769737465726564222c22646179735f617474656e646564223a5b5d7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-64b8-7e08-b2d9-263a925189ce"], ["ce_type", "org.registan.participant-registered"], ["ce_source", "/registan/registry"], ["ce_subject", "01a221d4-64b7-712b-abb7-a5503192c85f"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.participants.v1"], ["ce_sequence", "1"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:57.229123+00
8	registan.participants.v1	\\x30316132323164342d363534362d376438322d613038392d313964353834373764323636	\\x7b2276657273696f6e223a312c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c226964223a2230316132323164342d363534362d376438322d613038392d313964353834373764323636222c2261637469766974795f6964223a2230316132323164342d363264372d373365662d623838652d633632313864353561303938222c2270726f6772616d6d65223a2253414d504c45222c22706572736f6e5f6b6579223a2236383771353858452d38657a435946567268447238537054306c2d33736e366e766b6d3252414d62347041222c22726f6c65223a227061727469636970616e74222c2267656e646572223a22756e6b6e6f776e222c22636f756e747279223a6e756c6c2c226f7267616e69736174696f6e223a6e756c6c2c22737461747573223a2272656769737465726564222c22646179735f617474656e646564223a5b5d7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-6547-7527-ace0-af98d2bd991e"], ["ce_type", "org.registan.participant-registered"], ["ce_source", "/registan/registry"], ["ce_subject", "01a221d4-6546-7d82-a089-19d58477d266"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.participants.v1"], ["ce_sequence", "1"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:57.325152+00
9	registan.participants.v1	\\x30316132323164342d363462372d373132622d616262372d613535303331393263383566	\\x7b2276657273696f6e223a322c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c226964223a2230316132323164342d363462372d373132622d616262372d613535303331393263383566222c2261637469766974795f6964223a2230316132323164342d363234302d373436342d386466612d663735626339643366643533222c2270726f6772616d6d65223a2253414d504c45222c22706572736f6e5f6b6579223a2246757a72305337476f3969667a467a356347677664684b4c57614a4f66554236466f445670634762785255222c22726f6c65223a227061727469636970616e74222c2267656e646572223a22756e6b6e6f776e222c22636f756e747279223a22544a222c226f7267616e69736174696f6e223a6e756c6c2c22737461747573223a2272656769737465726564222c22646179735f617474656e646564223a5b5d7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-6626-7308-8c45-fecaafec93fd"], ["ce_type", "org.registan.participant-erased"], ["ce_source", "/registan/registry"], ["ce_subject", "01a221d4-64b7-712b-abb7-a5503192c85f"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.participants.v1"], ["ce_sequence", "2"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:57.511863+00
10	registan.contacts.v1	\\x64735a763252764169646a76305634744e304e675a673858535649496b71514c624d7a487443536d356d6f	\N	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-65d9-74ee-abea-7f36a355d6fd"], ["ce_type", "org.registan.contact-changed"], ["ce_source", "/registan/registry"], ["ce_subject", "dsZv2RvAidjv0V4tN0NgZg8XSVIIkqQLbMzHtCSm5mo"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.contacts.v1"], ["ce_sequence", "2"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:57.511863+00
11	registan.activities.v1	\\x30316132323164342d363234302d373436342d386466612d663735626339643366643533	\\x7b2276657273696f6e223a322c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c226964223a2230316132323164342d363234302d373436342d386466612d663735626339643366643533222c22636f6465223a22312d776f726b73686f702d663735626339643366643533222c2270726f6772616d6d65223a2253414d504c45222c227068617365223a2231222c22636f6d706f6e656e74223a6e756c6c2c226b696e64223a22776f726b73686f70222c2273636f7065223a22756e6b6e6f776e222c2264656c6976657279223a22756e6b6e6f776e222c227469746c65223a7b22656e223a2253616d706c6520776f726b73686f70222c227275223a22d09fd180d0b8d0bcd0b5d18020d181d0b5d0bcd0b8d0bdd0b0d180d0b0227d2c226465736372697074696f6e223a7b7d2c22737461727473223a22323032362d30392d3134222c22656e6473223a22323032362d30392d3136222c2274696d655f7a6f6e65223a6e756c6c2c22706c616365223a6e756c6c2c2262656e65666963696172795f636f756e7472696573223a5b224b47225d2c22686f73745f636f756e747279223a6e756c6c2c22636f5f6f7267616e6973657273223a5b5d2c226578706572745f6f7267616e69736174696f6e73223a5b5d2c22736572696573223a6e756c6c2c2268656164636f756e74223a6e756c6c2c2270726f746563746564223a66616c73652c22737461747573223a2268656c64222c227374617475735f726561736f6e223a6e756c6c2c226d65726765645f696e746f223a6e756c6c2c226f757470757473223a5b5d2c22736f7572636573223a5b5d7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-6684-7e18-991a-95ec8d933eaa"], ["ce_type", "org.registan.activity-completed"], ["ce_source", "/registan/registry"], ["ce_subject", "01a221d4-6240-7464-8dfa-f75bc9d3fd53"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.activities.v1"], ["ce_sequence", "2"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:57.70489+00
12	registan.activities.v1	\\x30316132323164342d363264372d373365662d623838652d633632313864353561303938	\\x7b2276657273696f6e223a322c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c226964223a2230316132323164342d363264372d373365662d623838652d633632313864353561303938222c22636f6465223a22312d73747564792d76697369742d633632313864353561303938222c2270726f6772616d6d65223a2253414d504c45222c227068617365223a2231222c22636f6d706f6e656e74223a6e756c6c2c226b696e64223a2273747564792d7669736974222c2273636f7065223a22756e6b6e6f776e222c2264656c6976657279223a22756e6b6e6f776e222c227469746c65223a7b22656e223a22416e6f746865722073616d706c65227d2c226465736372697074696f6e223a7b7d2c22737461727473223a22323032322d30352d30312f323032322d30352d3136222c22656e6473223a6e756c6c2c2274696d655f7a6f6e65223a6e756c6c2c22706c616365223a6e756c6c2c2262656e65666963696172795f636f756e7472696573223a5b224b47225d2c22686f73745f636f756e747279223a6e756c6c2c22636f5f6f7267616e6973657273223a5b5d2c226578706572745f6f7267616e69736174696f6e73223a5b5d2c22736572696573223a6e756c6c2c2268656164636f756e74223a6e756c6c2c2270726f746563746564223a66616c73652c22737461747573223a2263616e63656c6c6564222c227374617475735f726561736f6e223a224e6f20726f6f6d222c226d65726765645f696e746f223a6e756c6c2c226f757470757473223a5b5d2c22736f7572636573223a5b5d7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-66d6-7875-a84a-2299be74b4d0"], ["ce_type", "org.registan.activity-cancelled"], ["ce_source", "/registan/registry"], ["ce_subject", "01a221d4-62d7-73ef-b88e-c6218d55a098"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.activities.v1"], ["ce_sequence", "2"], ["ce_programme", "SAMPLE"], ["content-type", "application/json"]]	2026-11-28 11:04:57.803846+00
13	registan.access.v1	\\x30316132323164342d363732332d373833302d393431382d363838653434626139616562	\\x7b2276657273696f6e223a312c22637265617465645f6174223a22323032362d30392d32305431323a30303a30305a222c22757064617465645f6174223a22323032362d30392d32305431323a30303a30305a222c226964223a2230316132323164342d363732332d373833302d393431382d363838653434626139616562222c226b696e64223a2275736572222c22726f6c65223a2261646d696e222c22616374697665223a747275652c22746f6b656e5f68617368223a6e756c6c2c2273657373696f6e735f73696e6365223a6e756c6c2c22657870697265735f6174223a6e756c6c7d	[["ce_specversion", "1.0"], ["ce_id", "01a221d4-6796-7837-9e69-38cfba09ffa2"], ["ce_type", "org.registan.access-changed"], ["ce_source", "/registan/registry"], ["ce_subject", "01a221d4-6723-7830-9418-688e44ba9aeb"], ["ce_time", "2026-09-20T12:00:00Z"], ["ce_dataschema", "urn:registan:schema:registan.access.v1"], ["ce_sequence", "1"], ["ce_programme", "*"], ["content-type", "application/json"]]	2026-11-28 11:04:57.92405+00
\.
COPY public.paused_consumer ("group", reason, since) FROM stdin;
\.
COPY public.person (id, programme, name, email, phone, language, email_key, likeness, version, created_at, updated_at) FROM stdin;
01a221d4-63b1-7579-af62-051c37f5045f	SAMPLE	Sample Person 1	one@example.org	\N	\N	one@example.org	sample person 1\n\n	1	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00
\.
COPY public.programme (code, name, short_name, donor, languages, countries, synthetic, phases, version, created_at, updated_at) FROM stdin;
SAMPLE	{"en": "Sample Programme"}	{}	\N	{en}	{}	f	[{"code": "1", "ends": null, "lead": null, "name": {}, "budget": null, "starts": null, "partners": [], "delivered": [], "components": [{"code": "1", "name": {"en": "Sample component"}, "leader": null, "objective": {}}], "contributions": [], "active_implementation_since": null}]	1	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00
\.
COPY public.registration (id, activity_id, programme, person_id, person_key, role, gender, country, organisation, status, days_attended, moved_from, version, created_at, updated_at) FROM stdin;
01a221d4-63cb-7582-b85b-9e1fdc168079	01a221d4-6240-7464-8dfa-f75bc9d3fd53	SAMPLE	01a221d4-63b1-7579-af62-051c37f5045f	687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA	participant	female	KG	\N	registered	{}	\N	1	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00
01a221d4-6546-7d82-a089-19d58477d266	01a221d4-62d7-73ef-b88e-c6218d55a098	SAMPLE	01a221d4-63b1-7579-af62-051c37f5045f	687q58XE-8ezCYFVrhDr8SpT0l-3sn6nvkm2RAMb4pA	participant	unknown	\N	\N	registered	{}	\N	1	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00
01a221d4-64b7-712b-abb7-a5503192c85f	01a221d4-6240-7464-8dfa-f75bc9d3fd53	SAMPLE	\N	Fuzr0S7Go9ifzFz5cGgvdhKLWaJOfUB6FoDVpcGbxRU	participant	unknown	TJ	\N	registered	{}	\N	2	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00
\.
COPY public.service_version (version_num) FROM stdin;
0003
\.
COPY public.shared_version (version_num) FROM stdin;
0001
\.
COPY public.sign_in_attempt (id, source, at) FROM stdin;
\.
COPY public.sign_in_link (secret_hash, user_id, expires_at) FROM stdin;
\.
COPY public.token (id, name, role, secret_hash, active, expires_at, version, created_at, updated_at) FROM stdin;
\.
COPY public.upload (id, actor_id, name, programme, sheet, content, result, created_at) FROM stdin;
\.
COPY public."user" (id, email, email_key, name, role, language, password_hash, active, sessions_since, version, created_at, updated_at) FROM stdin;
01a221d4-6723-7830-9418-688e44ba9aeb	admin@example.org	admin@example.org	Sample Administrator	admin	\N	\N	t	\N	1	2026-09-20 12:00:00+00	2026-09-20 12:00:00+00
\.
SELECT pg_catalog.setval('public.journal_position_seq', 9, true);
SELECT pg_catalog.setval('public.outbox_id_seq', 13, true);
SELECT pg_catalog.setval('public.sign_in_attempt_id_seq', 1, false);
ALTER TABLE ONLY public.access
    ADD CONSTRAINT pk_access PRIMARY KEY (id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT pk_activity PRIMARY KEY (id);
ALTER TABLE ONLY public.answered_request
    ADD CONSTRAINT pk_answered_request PRIMARY KEY (actor_id, key);
ALTER TABLE ONLY public.erased_person
    ADD CONSTRAINT pk_erased_person PRIMARY KEY (person_key);
ALTER TABLE ONLY public.journal
    ADD CONSTRAINT pk_journal PRIMARY KEY ("position");
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT pk_organisation PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (id);
ALTER TABLE ONLY public.paused_consumer
    ADD CONSTRAINT pk_paused_consumer PRIMARY KEY ("group");
ALTER TABLE ONLY public.person
    ADD CONSTRAINT pk_person PRIMARY KEY (id);
ALTER TABLE ONLY public.programme
    ADD CONSTRAINT pk_programme PRIMARY KEY (code);
ALTER TABLE ONLY public.registration
    ADD CONSTRAINT pk_registration PRIMARY KEY (id);
ALTER TABLE ONLY public.sign_in_attempt
    ADD CONSTRAINT pk_sign_in_attempt PRIMARY KEY (id);
ALTER TABLE ONLY public.sign_in_link
    ADD CONSTRAINT pk_sign_in_link PRIMARY KEY (secret_hash);
ALTER TABLE ONLY public.token
    ADD CONSTRAINT pk_token PRIMARY KEY (id);
ALTER TABLE ONLY public.upload
    ADD CONSTRAINT pk_upload PRIMARY KEY (id);
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT pk_user PRIMARY KEY (id);
ALTER TABLE ONLY public.service_version
    ADD CONSTRAINT service_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.shared_version
    ADD CONSTRAINT shared_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.access
    ADD CONSTRAINT uq_access_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT uq_activity_programme_code UNIQUE (programme, code);
ALTER TABLE ONLY public.journal
    ADD CONSTRAINT uq_journal_topic_key_sequence UNIQUE (topic, key, sequence);
ALTER TABLE ONLY public.registration
    ADD CONSTRAINT uq_registration_activity_person UNIQUE (activity_id, person_id);
ALTER TABLE ONLY public.token
    ADD CONSTRAINT uq_token_secret_hash UNIQUE (secret_hash);
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT uq_user_email_key UNIQUE (email_key);
CREATE INDEX ix_activity_code_id ON public.activity USING btree (code, id);
CREATE INDEX ix_activity_day_id ON public.activity USING btree (day, id);
CREATE INDEX ix_activity_merged_into ON public.activity USING btree (merged_into);
CREATE INDEX ix_activity_sort_title_id ON public.activity USING btree (sort_title, id);
CREATE INDEX ix_activity_updated_at_id ON public.activity USING btree (updated_at, id);
CREATE INDEX ix_answered_request_created_at ON public.answered_request USING btree (created_at);
CREATE INDEX ix_organisation_programme ON public.organisation USING btree (programme);
CREATE INDEX ix_person_likeness ON public.person USING btree (programme, likeness);
CREATE INDEX ix_registration_person_id ON public.registration USING btree (person_id);
CREATE INDEX ix_sign_in_attempt_at ON public.sign_in_attempt USING btree (at);
CREATE INDEX ix_sign_in_attempt_source_at ON public.sign_in_attempt USING btree (source, at);
CREATE INDEX ix_upload_created_at ON public.upload USING btree (created_at);
CREATE UNIQUE INDEX uq_person_email ON public.person USING btree (programme, email_key) WHERE (email_key IS NOT NULL);
CREATE UNIQUE INDEX uq_person_likeness ON public.person USING btree (programme, likeness) WHERE (email_key IS NULL);
CREATE UNIQUE INDEX uq_token_name ON public.token USING btree (name) WHERE active;
CREATE TRIGGER journal_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.journal FOR EACH STATEMENT EXECUTE FUNCTION public.journal_is_append_only();
CREATE TRIGGER outbox_notify AFTER INSERT ON public.outbox FOR EACH STATEMENT EXECUTE FUNCTION public.outbox_notify();
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT fk_activity_merged_into FOREIGN KEY (merged_into) REFERENCES public.activity(id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT fk_activity_programme FOREIGN KEY (programme) REFERENCES public.programme(code);
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT fk_organisation_parent_id FOREIGN KEY (parent_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT fk_organisation_programme FOREIGN KEY (programme) REFERENCES public.programme(code);
ALTER TABLE ONLY public.person
    ADD CONSTRAINT fk_person_programme FOREIGN KEY (programme) REFERENCES public.programme(code);
ALTER TABLE ONLY public.registration
    ADD CONSTRAINT fk_registration_activity_id FOREIGN KEY (activity_id) REFERENCES public.activity(id);
ALTER TABLE ONLY public.registration
    ADD CONSTRAINT fk_registration_person_id FOREIGN KEY (person_id) REFERENCES public.person(id);
ALTER TABLE ONLY public.sign_in_link
    ADD CONSTRAINT fk_sign_in_link_user_id FOREIGN KEY (user_id) REFERENCES public."user"(id);
\unrestrict registan
