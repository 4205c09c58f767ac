WITH judged AS (
  SELECT
    activity.id,
    activity.digest,
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
    facts.attendance.gender_known AS registered_gender_known,
    CAST(activity.status = 'held'
    AND activity.kind <> 'steering-group'
    AND 'KG' = ANY(
      activity.countries
    )
    AND NOT activity.synthetic AS BOOLEAN) AS belongs_0,
    (
      'KG' = ANY(
        activity.countries
      )
    ) IS NULL AS no_country_0
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
  WHERE
    NOT activity.synthetic
    AND NOT CAST(activity.status = 'held'
    AND activity.kind <> 'steering-group'
    AND 'KG' = ANY(
      activity.countries
    )
    AND NOT activity.synthetic AS BOOLEAN) IS FALSE
)
SELECT
  (
    SELECT
      JSON_AGG(part) AS json_agg_1
    FROM (
      SELECT
        number.number,
        number.may_belong,
        number.no_country,
        checks.counted,
        checks.unnamed,
        checks.imprecise,
        checks.silent
      FROM (
        SELECT
          COALESCE(SUM(contribution.number) FILTER(WHERE
            contribution.belongs), 0) AS number,
          COALESCE(SUM(contribution.number) FILTER(WHERE
            contribution.belongs IS NULL), 0) AS may_belong,
          COALESCE(SUM(contribution.number) FILTER(WHERE
            contribution.belongs IS NULL AND contribution.no_country), 0) AS no_country
        FROM (
          SELECT
            placed.activity_id,
            placed.belongs,
            placed.no_country,
            1 AS number
          FROM (
            SELECT
              of_rule.id AS activity_id,
              of_rule.belongs,
              of_rule.no_country,
              of_rule.starts_earliest,
              of_rule.headcount,
              of_rule.headcount_women,
              of_rule.headcount_by_country,
              of_rule.registered,
              of_rule.registered_women,
              of_rule.registered_gender_known
            FROM (
              SELECT
                judged.id,
                judged.digest,
                judged.programme,
                judged.phase,
                judged.component,
                judged.kind,
                judged.scope,
                judged.delivery,
                judged.countries,
                judged.starts_earliest,
                judged.starts_latest,
                judged.headcount,
                judged.headcount_women,
                judged.headcount_by_country,
                judged.imprecise,
                judged.registered,
                judged.registered_women,
                judged.registered_gender_known,
                judged.belongs_0 AS belongs,
                judged.no_country_0 AS no_country
              FROM judged
              WHERE
                NOT judged.belongs_0 IS FALSE
            ) AS of_rule
          ) AS placed
        ) AS contribution
      ) AS number
      JOIN (
        SELECT
          COALESCE(SUM(of_rule.digest) FILTER(WHERE
            of_rule.belongs), 0) AS counted,
          COALESCE(
            SUM(GREATEST(COALESCE(of_rule.headcount, 0) - COALESCE(of_rule.registered, 0), 0)) FILTER(WHERE
              of_rule.belongs),
            0
          ) AS unnamed,
          COUNT(*) FILTER(WHERE
            of_rule.belongs AND of_rule.imprecise) AS imprecise,
          COUNT(*) FILTER(WHERE
            of_rule.belongs AND of_rule.headcount IS NULL AND of_rule.registered IS NULL) AS silent
        FROM (
          SELECT
            judged.id,
            judged.digest,
            judged.programme,
            judged.phase,
            judged.component,
            judged.kind,
            judged.scope,
            judged.delivery,
            judged.countries,
            judged.starts_earliest,
            judged.starts_latest,
            judged.headcount,
            judged.headcount_women,
            judged.headcount_by_country,
            judged.imprecise,
            judged.registered,
            judged.registered_women,
            judged.registered_gender_known,
            judged.belongs_0 AS belongs,
            judged.no_country_0 AS no_country
          FROM judged
          WHERE
            NOT judged.belongs_0 IS FALSE
        ) AS of_rule
      ) AS checks
        ON TRUE
    ) AS part
  ) AS anon_1,
  (
    SELECT
      JSON_AGG(part) AS json_agg_2
    FROM (
      SELECT
        contribution.country,
        COALESCE(SUM(contribution.number) FILTER(WHERE
          contribution.belongs), 0) AS number
      FROM (
        SELECT
          placed.activity_id,
          placed.belongs,
          placed.no_country,
          placed.country,
          1 AS number
        FROM (
          SELECT
            of_rule.id AS activity_id,
            of_rule.belongs,
            of_rule.no_country,
            UNNEST(COALESCE(of_rule.countries, CAST(ARRAY[NULL] AS TEXT[]))) AS country,
            of_rule.starts_earliest,
            of_rule.headcount,
            of_rule.headcount_women,
            of_rule.headcount_by_country,
            of_rule.registered,
            of_rule.registered_women,
            of_rule.registered_gender_known
          FROM (
            SELECT
              judged.id,
              judged.digest,
              judged.programme,
              judged.phase,
              judged.component,
              judged.kind,
              judged.scope,
              judged.delivery,
              judged.countries,
              judged.starts_earliest,
              judged.starts_latest,
              judged.headcount,
              judged.headcount_women,
              judged.headcount_by_country,
              judged.imprecise,
              judged.registered,
              judged.registered_women,
              judged.registered_gender_known,
              judged.belongs_0 AS belongs,
              judged.no_country_0 AS no_country
            FROM judged
            WHERE
              NOT judged.belongs_0 IS FALSE
          ) AS of_rule
        ) AS placed
      ) AS contribution
      WHERE
        contribution.belongs
      GROUP BY
        contribution.country
      HAVING
        SUM(contribution.number) > 0
      ORDER BY
        contribution.country ASC
    ) AS part
  ) AS anon_3
