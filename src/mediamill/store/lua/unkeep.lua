#!lua flags=allow-oom
-- The files of a job are gone: take it from the list of those that have some, unless it ended again meanwhile.
--
-- ARGV[1]  JSON: id, score (as the list had it)
-- Returns  1 when it is out of the list

expect(keys.released(), 'zset')
if tonumber(redis.call('ZSCORE', keys.kept(), call.id) or -1) ~= call.score then return 0 end
redis.call('ZREM', keys.released(), call.id)
return redis.call('ZREM', keys.kept(), call.id)
