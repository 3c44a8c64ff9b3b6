// Small statements, one after another and in many threads.

#include <algorithm>
#include <barrier>
#include <memory>
#include <thread>
#include <vector>

#include "tests/bench/odbc.h"
#include "tests/bench/workload.h"

namespace sluice::bench {
namespace {

constexpr int kPoints = 10'000;  // rows of the table "point"

int Times(double scale, int usual) { return std::max(2, static_cast<int>(usual * scale)); }

struct Client {
  explicit Client(const std::string& connection) : session(connection), statement(session) {}
  Session session;
  Statement statement;
  SQLINTEGER key = 0;
  SQLINTEGER number = 0;
  char text[64] = "";
  SQLLEN lengths[2] = {};

  void NextKey() { key = (key * 7 + 12'345) % kPoints + 1; }
  void BindKey() { statement.BindParameter(1, SQL_C_SLONG, SQL_INTEGER, &key, sizeof key); }
  void BindPoint() {
    statement.BindColumn(1, SQL_C_SLONG, &number, sizeof number, &lengths[0]);
    statement.BindColumn(2, SQL_C_CHAR, text, sizeof text, &lengths[1]);
  }
  void FetchAll() {
    while (statement.Fetch()) {
    }
    statement.Close();
  }
};

constexpr const char* kPointQuery = "SELECT id, name FROM point WHERE id = ?";

template <typename Step>
Round Repeat(const std::string& connection, int count, Step step) {
  return [client = std::make_shared<Client>(connection), count, step] {
    const Stopwatch watch;
    for (int i = 0; i < count; ++i) step(*client);
    return watch.Stop(count);
  };
}

Round BeginSelect1(const std::string& connection, double scale) {
  return Repeat(connection, Times(scale, 100), [](Client& client) {
    client.statement.Execute("SELECT 1");
    client.FetchAll();
  });
}

Round BeginPointDirect(const std::string& connection, double scale) {
  return Repeat(connection, Times(scale, 100), [](Client& client) {
    client.NextKey();
    client.statement.Execute("SELECT id, name FROM point WHERE id = " + std::to_string(client.key));
    client.FetchAll();
  });
}

Round BeginPointPrepared(const std::string& connection, double scale) {
  const auto client = std::make_shared<Client>(connection);
  client->BindKey();
  client->BindPoint();
  client->statement.Prepare(kPointQuery);
  return [client, count = Times(scale, 100)] {
    const Stopwatch watch;
    for (int i = 0; i < count; ++i) {
      client->NextKey();
      client->statement.Execute();
      client->FetchAll();
    }
    return watch.Stop(count);
  };
}

Round BeginPrepareOnce(const std::string& connection, double scale) {
  return Repeat(connection, Times(scale, 50), [](Client& client) {
    Statement statement(client.session);
    client.NextKey();
    statement.Prepare(kPointQuery);
    statement.BindParameter(1, SQL_C_SLONG, SQL_INTEGER, &client.key, sizeof client.key);
    statement.Execute();
    while (statement.Fetch()) {
    }
  });
}

// As applications write it: texts with markers, run directly.
Round BeginTransaction(const std::string& connection, double scale) {
  const auto client = std::make_shared<Client>(connection);
  client->session.SetAutocommit(false);
  client->BindKey();
  return [client, count = Times(scale, 50)] {
    const Stopwatch watch;
    for (int i = 0; i < count; ++i) {
      client->NextKey();
      client->statement.Execute("SELECT id, name FROM point WHERE id = ?");
      client->FetchAll();
      client->statement.Execute("SELECT balance FROM point WHERE id = ?");
      client->FetchAll();
      client->statement.Execute("UPDATE point SET balance = balance + 1 WHERE id = ?");
      client->statement.Close();
      client->session.Commit();
    }
    return watch.Stop(count);
  };
}

Round BeginSingleInserts(const std::string& connection, double scale) {
  const auto client = std::make_shared<Client>(connection);
  client->session.Run("DELETE FROM ins");
  client->session.SetAutocommit(false);
  client->BindKey();
  client->statement.Prepare("INSERT INTO ins (id) VALUES (?)");
  return [client, count = Times(scale, 500)] {
    const Stopwatch watch;
    for (int i = 0; i < count; ++i) {
      client->NextKey();
      client->statement.Execute();
    }
    client->session.Commit();
    return watch.Stop(count);
  };
}

// The threads of all rounds have their connections for good.
Round BeginThreads(const std::string& connection, int threads, int count) {
  std::vector<std::shared_ptr<Client>> clients;
  for (int i = 0; i < threads; ++i) {
    clients.push_back(std::make_shared<Client>(connection));
    clients.back()->key = i;
    clients.back()->BindKey();
    clients.back()->BindPoint();
    clients.back()->statement.Prepare(kPointQuery);
  }
  return [clients, count] {
    std::barrier start(static_cast<std::ptrdiff_t>(clients.size()) + 1);
    std::vector<std::jthread> running;
    for (const auto& client : clients) {
      running.emplace_back([&start, client, count] {
        start.arrive_and_wait();
        for (int i = 0; i < count; ++i) {
          client->NextKey();
          client->statement.Execute();
          client->FetchAll();
        }
      });
    }
    start.arrive_and_wait();
    const Stopwatch watch;
    for (auto& thread : running) thread.join();
    return watch.Stop(static_cast<double>(clients.size()) * count);
  };
}

Round BeginThreads16(const std::string& connection, double scale) {
  return BeginThreads(connection, 16, Times(scale, 200));
}

Round BeginThreads40(const std::string& connection, double scale) {
  return BeginThreads(connection, 40, Times(scale, 100));
}

constexpr Workload kWorkloads[] = {
    {"select1", "SELECT 1, SQLExecDirect", BeginSelect1, false, 10},
    {"point_direct", "row by its key, SQLExecDirect", BeginPointDirect, false, 10},
    {"point_prepared", "row by its key, SQLExecute", BeginPointPrepared, false, 10},
    {"prepare_once", "prepare, execute once, free", BeginPrepareOnce, false, 10},
    {"transaction", "2 selects, 1 update, commit", BeginTransaction, false, 4},
    {"single_inserts", "insert, prepared, in a transaction", BeginSingleInserts},
    {"threads16", "row by its key, 16 threads", BeginThreads16, false, 2},
    {"threads40", "row by its key, 40 threads", BeginThreads40},
};

}  // namespace

std::span<const Workload> StatementWorkloads() { return kWorkloads; }

}  // namespace sluice::bench
