import clickhouse_connect
import nats
import psycopg


def test_the_three_engines_answer(engines):
    with psycopg.connect(engines.config.database_url) as database:
        assert database.execute("SELECT 'Ηράκλειο' ILIKE 'ηράκλ%'").fetchone() == (True,)
    client = clickhouse_connect.get_client(dsn=engines.config.telemetry_url)
    assert client.command("SELECT currentDatabase()") == "candia"
    client.close()


async def test_the_stream_takes_and_gives(engines):
    client = await nats.connect(engines.config.stream_url)
    stream = client.jetstream()
    await stream.add_stream(name="TRIAL", subjects=["trial.>"])
    assert (await stream.publish("trial.one", b"hello")).seq == 1
    await stream.delete_stream("TRIAL")
    await client.close()
