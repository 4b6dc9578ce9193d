-- Stores a tenant's state, unless a newer one is there already.
--
-- KEYS[1] the hash; ARGV: 1 version, 2 epoch, 3 seconds it may be kept, 4.. field, value, …
-- Answers {stored (1 or 0), generation}.
--
-- The epoch never goes back. A generation is never used twice, even if Redis loses the hash: it
-- starts from the clock in microseconds and is raised by one at a time.
local held = redis.call('HMGET', KEYS[1], 'version', 'epoch', 'generation')
if held[1] and tonumber(held[1]) > tonumber(ARGV[1]) then return {0, tonumber(held[3])} end
local epoch = math.max(tonumber(held[2] or 0), tonumber(ARGV[2]))
local generation = held[3]
if not generation then
  local time = redis.call('TIME')
  generation = string.format('%.0f', time[1] * 1000000 + time[2])
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'epoch', string.format('%.0f', epoch),
  'generation', generation, unpack(ARGV, 4))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {1, tonumber(generation)}
