-- What wrk sends and prints. Its argument is a plan that bench/load.py writes.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

local requests = {}
local position = 0

function init(arguments)
  local plan = dofile(arguments[1])
  math.randomseed(os.time())
  for number, body in ipairs(plan.bodies) do
    local headers = {}
    for name, value in pairs(plan.headers) do
      headers[name] = value
    end
    if plan.varied_address then
      headers["X-Forwarded-For"] = string.format(
        "203.%d.%d.%d", math.random(0, 255), math.random(0, 255), number % 254 + 1)
    end
    -- written out once, so that sending costs the client as little as it can
    requests[number] = wrk.format("POST", plan.path, headers, body)
  end
  statuses = ""
  if plan.count_statuses then
    local counted = {}
    function response(status)
      counted[status] = (counted[status] or 0) + 1
      local parts = {}
      for code, count in pairs(counted) do
        table.insert(parts, string.format('"%d":%d', code, count))
      end
      statuses = table.concat(parts, ",")
    end
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  local told = {}
  for _, thread in ipairs(threads) do
    local counted = thread:get("statuses")
    if counted and counted ~= "" then
      table.insert(told, counted)
    end
  end
  print(string.format(
    'BENCH {"microseconds":%d,"requests":%d,"bytes":%d,"p50":%d,"p99":%d,"max":%d,'
      .. '"refused":%d,"broken":%d,"statuses":{%s}}',
    summary.duration, summary.requests, summary.bytes,
    latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    table.concat(told, ",")))
end
