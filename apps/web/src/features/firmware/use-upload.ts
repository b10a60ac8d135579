"use client";
import type { PackageView } from "@lamplighter/api/views";
import { useEffect, useRef, useState } from "react";
import { type RunningUpload, startUpload, type UploadFields } from "@/features/firmware/upload";
import { toast } from "@/ui/toast";

interface Sending {
  readonly upload: RunningUpload;
  readonly fileName: string;
  readonly bytes: number;
  sent: number;
}

/**
 * One upload of this page: how far it is, and how it is ended. Whoever closes the tab meanwhile is asked first; whoever goes to
 * another page is told that the upload ended with it.
 */
export function useUpload(onStored: (stored: PackageView) => void) {
  const [bytesSent, setBytesSent] = useState<number>();
  const [failure, setFailure] = useState<string>();
  const sending = useRef<Sending>(undefined);
  const isSending = bytesSent !== undefined;

  useEffect(() => {
    if (!isSending) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isSending]);
  useEffect(() => () => stop(sending, "because you left its page"), []);

  const send = async (file: File, fields: UploadFields) => {
    setFailure(undefined);
    setBytesSent(0);
    const upload = startUpload(file, fields, (sent) => {
      if (sending.current?.upload === upload) sending.current.sent = sent;
      setBytesSent(sent);
    });
    sending.current = { upload, fileName: file.name, bytes: file.size, sent: 0 };
    const outcome = await upload.outcome;
    // Left behind: another page is open, and what there is to say was said.
    if (sending.current?.upload !== upload && outcome.kind !== "cancelled") return;
    sending.current = undefined;
    setBytesSent(undefined);
    if (outcome.kind === "failed") setFailure(outcome.message);
    if (outcome.kind === "stored") onStored(outcome.stored);
  };
  return {
    bytesSent,
    failure,
    send,
    cancel: () => stop(sending),
    forgetFailure: () => setFailure(undefined),
  };
}

function stop(sending: { current: Sending | undefined }, why?: string): void {
  const { current } = sending;
  if (!current) return;
  sending.current = undefined;
  current.upload.cancel();
  const said = [`The upload of ${current.fileName} was cancelled`, ...(why ? [why] : [])].join(" ");
  const isAllSent = current.sent >= current.bytes;
  toast.info(
    isAllSent
      ? `${said}. All of it had been sent: the list says whether it was stored.`
      : `${said}; nothing was stored.`,
  );
}
