#!lua flags=allow-oom
-- An entry is put: from now on it is kept, and was used last.
--
-- ARGV[1]  JSON: entry, lease (when its lease ends, as reserved), bytes (that it has), offset_ms
-- Returns  1, or 0 where the lease is over or the index is another

check_cache({ call.entry })
all_bytes()
if leased_ms('cache_writing', call.entry) ~= call.lease then return 0 end
redis.call('ZREM', keys.cache_writing(), call.entry)
set_bytes(call.entry, call.bytes)
redis.call('ZADD', keys.cache_used(), text(now), call.entry)
return 1
