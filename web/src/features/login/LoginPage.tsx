import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Trans, useTranslation } from "react-i18next";
import { ApiError, postToken } from "../../api/client";
import styles from "./LoginPage.module.css";

function useSignIn() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (token: string) => postToken(token), onSuccess: () => client.invalidateQueries() });
}

function useErrorText(error: Error | null): string | null {
  const { t } = useTranslation("login");
  if (!error) return null;
  const wrong = error instanceof ApiError && error.status === 401;
  return wrong ? t("wrong") : t("failed", { reason: error.message });
}

/** Asks for the token, and says where it is found. */
export default function LoginPage() {
  const { t } = useTranslation("login");
  const [token, setToken] = useState("");
  const signIn = useSignIn();
  const errorText = useErrorText(signIn.error);
  function submit(event: FormEvent): void {
    event.preventDefault();
    signIn.mutate(token.trim());
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <h1>{t("title")}</h1>
      <p className={styles.explain}>
        <Trans t={t} i18nKey="explain" components={{ code: <code /> }} />
      </p>
      <PasswordInput
        label={t("token")}
        autoComplete="current-password"
        spellCheck={false}
        value={token}
        error={errorText}
        onChange={(event) => setToken(event.currentTarget.value)}
        data-testid="token"
      />
      <Button type="submit" loading={signIn.isPending} disabled={token.trim() === ""}>
        {t("submit")}
      </Button>
    </form>
  );
}
