WITH summed AS (
  SELECT
    looked_at.id,
    looked_at.digest,
    looked_at.status,
    looked_at.synthetic,
    looked_at.active_since,
    looked_at.programme,
    looked_at.phase,
    looked_at.component,
    looked_at.kind,
    looked_at.scope,
    looked_at.delivery,
    looked_at.countries,
    looked_at.starts_earliest,
    looked_at.starts_latest,
    looked_at.headcount,
    looked_at.headcount_women,
    looked_at.headcount_by_country,
    looked_at.imprecise,
    looked_at.registered,
    looked_at.registered_women,
    looked_at.registered_gender_known,
    GREATEST(
      looked_at.headcount,
      looked_at.registered,
      CASE
        WHEN (
          looked_at.headcount_women IS NOT NULL
        )
        THEN GREATEST(looked_at.headcount_women, looked_at.registered_women) + COALESCE(looked_at.registered_gender_known - looked_at.registered_women, 0)
        ELSE NULL
      END,
      place.located
    ) AS people,
    CASE
      WHEN (
        looked_at.headcount_women IS NOT NULL
      )
      THEN GREATEST(looked_at.headcount_women, looked_at.registered_women)
      ELSE COALESCE(looked_at.registered_women, 0)
    END AS women,
    COALESCE(looked_at.registered, 0) AS named,
    COALESCE(looked_at.registered_women, 0) AS named_women,
    COALESCE(looked_at.registered_gender_known - looked_at.registered_women, 0) AS named_others,
    place.located,
    place.overfull
  FROM (
    SELECT
      activity.id,
      activity.digest,
      activity.status,
      activity.synthetic,
      activity.active_since,
      activity.programme,
      activity.phase,
      activity.component,
      activity.kind,
      activity.scope,
      activity.delivery,
      activity.countries,
      activity.starts_earliest,
      activity.starts_latest,
      activity.headcount,
      activity.headcount_women,
      activity.headcount_by_country,
      activity.headcount_precision <> 'exact' AS imprecise,
      facts.attendance.people AS registered,
      facts.attendance.women AS registered_women,
      facts.attendance.gender_known AS registered_gender_known
    FROM (
      SELECT
        activity.id,
        activity.version,
        activity.known_from,
        activity.known_until,
        activity.programme,
        activity.code,
        activity.phase,
        activity.component,
        activity.kind,
        activity.scope,
        activity.delivery,
        activity.status,
        activity.title,
        activity.starts,
        activity.ends,
        activity.starts_earliest,
        activity.starts_latest,
        activity.countries,
        activity.headcount,
        activity.headcount_women,
        activity.headcount_by_country,
        activity.headcount_precision,
        activity.digest,
        COALESCE(programme.synthetic, FALSE) AS synthetic,
        phase.active_since
      FROM (
        SELECT
          facts.activity.id,
          facts.activity.version,
          facts.activity.known_from,
          facts.activity.known_until,
          facts.activity.programme,
          facts.activity.code,
          facts.activity.phase,
          facts.activity.component,
          facts.activity.kind,
          facts.activity.scope,
          facts.activity.delivery,
          facts.activity.status,
          facts.activity.title,
          facts.activity.starts,
          facts.activity.ends,
          facts.activity.starts_earliest,
          facts.activity.starts_latest,
          facts.activity.countries,
          facts.activity.headcount,
          facts.activity.headcount_women,
          facts.activity.headcount_by_country,
          facts.activity.headcount_precision,
          facts.activity.digest
        FROM facts.activity
        WHERE
          facts.activity.known_until IS NULL
      ) AS activity
      LEFT OUTER JOIN (
        SELECT
          facts.programme.code,
          facts.programme.version,
          facts.programme.known_from,
          facts.programme.known_until,
          facts.programme.name,
          facts.programme.short_name,
          facts.programme.countries,
          facts.programme.synthetic,
          facts.programme.phases
        FROM facts.programme
        WHERE
          facts.programme.known_until IS NULL
      ) AS programme
        ON programme.code = activity.programme
      LEFT OUTER JOIN (
        SELECT
          programme.code AS programme,
          anon_2.code AS phase,
          anon_2.active_since
        FROM (
          SELECT
            facts.programme.code,
            facts.programme.version,
            facts.programme.known_from,
            facts.programme.known_until,
            facts.programme.name,
            facts.programme.short_name,
            facts.programme.countries,
            facts.programme.synthetic,
            facts.programme.phases
          FROM facts.programme
          WHERE
            facts.programme.known_until IS NULL
        ) AS programme
        JOIN JSONB_TO_RECORDSET(programme.phases) AS anon_2(code TEXT, active_since DATE)
          ON TRUE
      ) AS phase
        ON phase.programme = activity.programme AND activity.phase = phase.phase
    ) AS activity
    LEFT OUTER JOIN facts.attendance
      ON facts.attendance.activity_id = activity.id
  ) AS looked_at
  JOIN LATERAL (
    SELECT
      SUM(country.people) AS located,
      COALESCE(BOOL_OR(country.named > country.told), FALSE) AS overfull
    FROM LATERAL (
      SELECT
        of_country.country,
        MAX(of_country.told) AS told,
        COALESCE(SUM(of_country.named), 0) AS named,
        GREATEST(MAX(of_country.told), COALESCE(SUM(of_country.named), 0)) AS people,
        COALESCE(SUM(of_country.women), 0) AS women,
        COALESCE(SUM(of_country.known), 0) AS known
      FROM LATERAL (
        SELECT
          told.key AS country,
          CAST(told.value AS INT) AS told,
          CAST(NULL AS INT) AS named,
          CAST(NULL AS INT) AS women,
          CAST(NULL AS INT) AS known
        FROM JSONB_EACH_TEXT(looked_at.headcount_by_country) AS told
        UNION ALL
        SELECT
          facts.cell.country,
          CAST(NULL AS INT) AS anon_3,
          CAST(facts.cell.people AS INT) AS named,
          CAST(CASE WHEN (
            facts.cell.gender = 'female'
          ) THEN facts.cell.people ELSE 0 END AS INT) AS women,
          CAST(CASE WHEN (
            facts.cell.gender IS NOT NULL
          ) THEN facts.cell.people ELSE 0 END AS INT) AS known
        FROM facts.cell
        WHERE
          facts.cell.activity_id = looked_at.id
          AND facts.cell.country IS NOT NULL
          AND COALESCE(CAST(looked_at.headcount_by_country AS TEXT), '{}') <> '{}'
      ) AS of_country
      GROUP BY
        of_country.country
    ) AS country
  ) AS place
    ON TRUE
), tallied AS (
  SELECT
    summed.id,
    summed.digest,
    summed.status,
    summed.synthetic,
    summed.active_since,
    summed.programme,
    summed.phase,
    summed.component,
    summed.kind,
    summed.scope,
    summed.delivery,
    summed.countries,
    summed.starts_earliest,
    summed.starts_latest,
    summed.headcount,
    summed.headcount_women,
    summed.headcount_by_country,
    summed.imprecise,
    summed.registered,
    summed.registered_women,
    summed.registered_gender_known,
    summed.people,
    summed.women,
    summed.named,
    summed.named_women,
    summed.named_others,
    summed.located,
    summed.overfull,
    CASE
      WHEN (
        summed.headcount_women IS NOT NULL
      )
      THEN summed.people
      ELSE summed.named_women + summed.named_others
    END AS known,
    COALESCE(
      summed.headcount IS NOT NULL
      AND NOT summed.imprecise
      AND (
        summed.headcount < summed.people OR summed.headcount_women < summed.named_women OR summed.overfull
      ),
      FALSE
    ) AS contradictory
  FROM summed
), judged_registrations AS (
  SELECT
    tallied.id,
    tallied.digest,
    tallied.status,
    tallied.synthetic,
    tallied.active_since,
    tallied.programme,
    tallied.phase,
    tallied.component,
    tallied.kind,
    tallied.scope,
    tallied.delivery,
    tallied.countries,
    tallied.starts_earliest,
    tallied.starts_latest,
    tallied.headcount,
    tallied.headcount_women,
    tallied.headcount_by_country,
    tallied.imprecise,
    tallied.registered,
    tallied.registered_women,
    tallied.registered_gender_known,
    tallied.people,
    tallied.women,
    tallied.named,
    tallied.named_women,
    tallied.named_others,
    tallied.located,
    tallied.overfull,
    tallied.known,
    tallied.contradictory,
    CAST(tallied.status = 'held' AND tallied.programme = 'SAMPLE' AS BOOLEAN) AS belongs_0
  FROM tallied
  WHERE
    tallied.programme = 'SAMPLE'
    AND NOT CAST(tallied.status = 'held' AND tallied.programme = 'SAMPLE' AS BOOLEAN) IS FALSE
)
SELECT
  (
    SELECT
      JSON_AGG(part) AS json_agg_1
    FROM (
      SELECT
        number.contributions,
        number.untold,
        number.number,
        number.may_belong,
        checks.counted,
        checks.unnamed,
        checks.imprecise,
        checks.silent,
        checks.contradictory
      FROM (
        SELECT
          COUNT(*) FILTER(WHERE
            contribution.belongs) AS contributions,
          COUNT(*) FILTER(WHERE
            contribution.belongs AND contribution.number IS NULL) AS untold,
          SUM(contribution.number) FILTER(WHERE
            contribution.belongs) AS number,
          COALESCE(SUM(contribution.number) FILTER(WHERE
            contribution.belongs IS NULL), 0) AS may_belong
        FROM (
          SELECT
            judged_registrations.id AS "of",
            judged_registrations.belongs_0 AS belongs,
            CAST(judged_registrations.people AS INT) AS number
          FROM judged_registrations
          WHERE
            NOT judged_registrations.belongs_0 IS FALSE
        ) AS contribution
      ) AS number
      JOIN (
        SELECT
          COALESCE(SUM(judged_registrations.digest), 0) AS counted,
          COALESCE(SUM(judged_registrations.people - judged_registrations.named), 0) AS unnamed,
          COALESCE(SUM(CASE WHEN judged_registrations.imprecise THEN 1 ELSE 0 END), 0) AS imprecise,
          COALESCE(SUM(CASE WHEN (
            judged_registrations.people IS NULL
          ) THEN 1 ELSE 0 END), 0) AS silent,
          COALESCE(SUM(CASE WHEN judged_registrations.contradictory THEN 1 ELSE 0 END), 0) AS contradictory
        FROM judged_registrations
        WHERE
          judged_registrations.belongs_0
      ) AS checks
        ON TRUE
    ) AS part
  ) AS anon_1,
  (
    SELECT
      JSON_AGG(part) AS json_agg_2
    FROM (
      SELECT
        contribution.gender,
        SUM(contribution.number) AS number
      FROM (
        SELECT
          part."of",
          part.belongs,
          part.gender,
          part.number
        FROM (
          SELECT
            judged_registrations.id AS "of",
            judged_registrations.belongs_0 AS belongs,
            facts.cell.gender,
            CAST(facts.cell.people AS INT) AS number
          FROM judged_registrations
          JOIN facts.cell
            ON facts.cell.activity_id = judged_registrations.id
          WHERE
            NOT judged_registrations.belongs_0 IS FALSE
            AND (
              judged_registrations.headcount_women IS NULL OR facts.cell.gender <> 'female'
            )
          UNION ALL
          SELECT
            judged_registrations.id AS "of",
            judged_registrations.belongs_0 AS belongs,
            CAST('female' AS TEXT) AS anon_5,
            CAST(judged_registrations.women AS INT) AS number
          FROM judged_registrations
          WHERE
            NOT judged_registrations.belongs_0 IS FALSE
            AND judged_registrations.headcount_women IS NOT NULL
            AND judged_registrations.women > 0
          UNION ALL
          SELECT
            judged_registrations.id AS "of",
            judged_registrations.belongs_0 AS belongs,
            CAST('not-female' AS TEXT) AS anon_6,
            CAST((
              judged_registrations.people - judged_registrations.women
            ) - judged_registrations.named_others AS INT) AS number
          FROM judged_registrations
          WHERE
            NOT judged_registrations.belongs_0 IS FALSE
            AND judged_registrations.headcount_women IS NOT NULL
            AND (
              judged_registrations.people - judged_registrations.women
            ) - judged_registrations.named_others > 0
          UNION ALL
          SELECT
            judged_registrations.id AS "of",
            judged_registrations.belongs_0 AS belongs,
            CAST(NULL AS TEXT) AS anon_3,
            CAST(judged_registrations.people - judged_registrations.named AS INT) AS number
          FROM judged_registrations
          WHERE
            NOT judged_registrations.belongs_0 IS FALSE
            AND judged_registrations.headcount_women IS NULL
            AND judged_registrations.people - judged_registrations.named > 0
        ) AS part
      ) AS contribution
      WHERE
        contribution.belongs
      GROUP BY
        contribution.gender
      HAVING
        BOOL_OR(contribution.number IS NULL OR contribution.number > 0)
      ORDER BY
        contribution.gender ASC
    ) AS part
  ) AS anon_4
