#!lua flags=allow-oom
-- Give up the lead of the sweep, if it is mine: another takes it in its next round, not when my lock is over.
--
-- ARGV[1]  JSON: me
-- Returns  1 when it was mine

if redis.call('GET', keys.sweeper()) ~= call.me then return 0 end
redis.call('DEL', keys.sweeper())
return 1
