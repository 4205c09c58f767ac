WITH judged_activities AS (
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
    CAST(looked_at.status = 'held'
    AND looked_at.kind <> 'steering-group'
    AND 'KG' = ANY(
      looked_at.countries
    )
    AND NOT looked_at.synthetic AS BOOLEAN) AS belongs_0,
    (
      'KG' = ANY(
        looked_at.countries
      )
    ) IS NULL AS country_0
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
  WHERE
    NOT looked_at.synthetic
    AND NOT CAST(looked_at.status = 'held'
    AND looked_at.kind <> 'steering-group'
    AND 'KG' = ANY(
      looked_at.countries
    )
    AND NOT looked_at.synthetic AS BOOLEAN) IS FALSE
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
        number.no_country,
        checks.counted
      FROM (
        SELECT
          COUNT(*) FILTER(WHERE
            contribution.belongs) AS contributions,
          COUNT(*) FILTER(WHERE
            contribution.belongs AND contribution.number IS NULL) AS untold,
          SUM(contribution.number) FILTER(WHERE
            contribution.belongs) AS number,
          COALESCE(SUM(contribution.number) FILTER(WHERE
            contribution.belongs IS NULL), 0) AS may_belong,
          COALESCE(SUM(contribution.number) FILTER(WHERE
            contribution.belongs IS NULL AND contribution.no_country), 0) AS no_country
        FROM (
          SELECT
            judged_activities.id AS "of",
            judged_activities.belongs_0 AS belongs,
            judged_activities.country_0 AS no_country,
            1 AS number
          FROM judged_activities
          WHERE
            NOT judged_activities.belongs_0 IS FALSE
        ) AS contribution
      ) AS number
      JOIN (
        SELECT
          COALESCE(SUM(judged_activities.digest), 0) AS counted
        FROM judged_activities
        WHERE
          judged_activities.belongs_0
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
        SUM(contribution.number) AS number
      FROM (
        SELECT
          judged_activities.id AS "of",
          judged_activities.belongs_0 AS belongs,
          judged_activities.country_0 AS no_country,
          UNNEST(COALESCE(judged_activities.countries, CAST(ARRAY[NULL] AS TEXT[]))) AS country,
          1 AS number
        FROM judged_activities
        WHERE
          NOT judged_activities.belongs_0 IS FALSE
      ) AS contribution
      WHERE
        contribution.belongs
      GROUP BY
        contribution.country
      HAVING
        BOOL_OR(contribution.number IS NULL OR contribution.number > 0)
      ORDER BY
        contribution.country ASC
    ) AS part
  ) AS anon_3
