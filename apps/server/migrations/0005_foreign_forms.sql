UPDATE "algorithm_versions" SET "manifest" = "manifest" || '{"form": "asgi-app", "launch": {"folder": "", "paths": [""], "requirements": "requirements.txt", "install": [], "env": {}, "start": "python -m uvicorn main:app --host \"$HOST\" --port \"$PORT\""}}'
  WHERE "manifest"->>'form' = 'fastapi-app';--> statement-breakpoint
UPDATE "releases" SET "manifest" = "manifest" || '{"form": "asgi-app", "launch": {"folder": "", "paths": [""], "requirements": "requirements.txt", "install": [], "env": {}, "start": "python -m uvicorn main:app --host \"$HOST\" --port \"$PORT\""}}'
  WHERE "manifest"->>'form' = 'fastapi-app';
