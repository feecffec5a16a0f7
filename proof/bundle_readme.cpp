#include "proof/bundle.h"

namespace rireki::proof {

std::string bundle_readme() {
  return R"(監査の束 / an audit bundle
==========================

これは人事の記録のログの写しです。個人の名前や内容は、開示された記録（events/）のほかには入っていません。
記録が後から書き換えられていないことを、このログを運用する者を信じずに確かめられます。
必要なのは、紙で受け取ったログの公開鍵（「名前+番号+文字列」の1行）と、以前に受け取ったチェックポイントです。
束の中の key.pub は見本にすぎません。紙の鍵を使ってください。

This is a copy of the log of personnel records. It names nobody, but for what is disclosed (events/). With it you can check that nothing was rewritten
since, without trusting whoever runs the log. You need the log's public key, which you were handed on paper (one line: name+id+letters), and the
checkpoints that you received before. key.pub in here is for convenience only: use the one on paper.

1. rireki-verify
   rireki-verify bundle BUNDLE.tar --key PAPER-KEY-FILE --older CHECKPOINT-YOU-KEPT

2. Go の標準に近いパッケージ / with Go's own packages (golang.org/x/mod/sumdb/note, …/tlog)
   checkpoint は署名付きノート（c2sp.org/signed-note, tlog-checkpoint）、tile/ は c2sp.org/tlog-tiles の形です。
   note.Open(checkpoint, note.VerifierList(key)) で署名を、tlog.RecordHash と tlog.TreeHash で根を確かめます。
   The checkpoint is a signed note (c2sp.org/signed-note, tlog-checkpoint), tile/ is as c2sp.org/tlog-tiles says. note.Open checks the signature,
   tlog.RecordHash and tlog.TreeHash give the root.

3. Python だけで根を / the root, with Python alone
   tar を展開したフォルダーで実行し、checkpoint の3行目と比べます（署名は別に確かめること）。
   Run it in the folder of the unpacked tar and compare with the third line of checkpoint (it does not check the signature).

     import base64, glob, hashlib, struct
     def leaf(b): return hashlib.sha256(b"\0" + b).digest()
     def root(h):
         if len(h) < 2: return h[0] if h else hashlib.sha256(b"").digest()
         k = 1
         while k * 2 < len(h): k *= 2
         return hashlib.sha256(b"\1" + root(h[:k]) + root(h[k:])).digest()
     def number(p): return int("".join(c for c in p.split(".p")[0].removeprefix("tile/entries") if c.isdigit()))
     hashes = []
     files = [p for p in glob.glob("tile/entries/**", recursive=True) if p.split("/")[-1].isdigit()]
     for p in sorted(files, key=number):
         b = open(p, "rb").read()
         while b:
             n = struct.unpack(">H", b[:2])[0]
             hashes.append(leaf(b[2:2 + n])); b = b[2 + n:]
     print(len(hashes), base64.b64encode(root(hashes)).decode())

   再帰が深くなりますが、件数の対数です。/ The recursion is as deep as the logarithm of the number of leaves.

中身 / what is in it
--------------------
  checkpoint              この束の大きさと根、署名付き / size and root of this bundle, signed
  checkpoints/<size>      以前のもの / those from before
  tile/…, tile/entries/…  ハッシュのタイルと葉（全体の束） / tiles of hashes, and leaves (of a bundle of everything)
  proofs/…                所在の証明と葉（一部の束）、古いチェックポイントからの続きの証明 / proofs of inclusion with leaves (of a part), and of consistency with older checkpoints
  events/<seq>.meta .body 開示された記録の保存どおりのバイト列。葉の meta と body はその SHA-256 / stored bytes of disclosed events: meta and body in the leaf are their SHA-256
  events/<seq>.open       封じた部分を開くもの：名前の長さ(1)、名前、長さ(4、リトルエンディアン)、乱数32バイトと本文。
                          "rireki-open/v1" に続けた SHA-256 が meta の中にある約束です。
                          opens sealed sections: length of the name (1), name, length (4, little endian), 32 random bytes and the text. SHA-256 of
                          "rireki-open/v1" and these is the commitment that stands in meta.
  keys.txt                封じる鍵の番号、作られた位置、消去された位置 / ids of sealing keys, where created, where erased

消去された鍵で封じた部分は、誰にも読めません。それでも証明はすべて成り立ちます。
What was sealed under an erased key nobody can read. Every proof holds all the same.
)";
}

}  // namespace rireki::proof
